import { useCallback, useEffect, useRef, useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import { toError } from '@backstage/errors';
import type {
  CredentialDocument,
  CredentialWish,
} from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from '../../api/GitopsApi';

/** What can be done with a credential. */
export type CredentialAction = 'validate' | 'rotate' | 'replace';

/** A credential and what is being done with it. */
export interface CredentialView {
  credential?: CredentialDocument;
  /** Why it could not be read. */
  error?: Error;
  reading: boolean;
  /** What was asked for and has not been answered yet. */
  asking?: CredentialAction;
  /** What was refused last, and why. */
  refused?: { action: CredentialAction; error: Error };
  /** What was done since the panel was opened. */
  done?: 'validate';
  refresh: () => void;
  validate: () => void;
  rotate: () => void;
  /** Puts another one in its place. */
  replace: (wish: CredentialWish) => void;
}

/** Between reads while a rotation is under way. */
const FOLLOW_MS = 2_000;

/** True from the request on until the rotation has come to its end. */
export function isRotating(
  credential: CredentialDocument | undefined,
): boolean {
  const phase = credential?.rotation?.phase;
  return phase !== undefined && phase !== 'completed' && phase !== 'failed';
}

/**
 * Reads a project's credential, again when the project has changed, and often
 * while it is being rotated.
 *
 * @param version - of the project
 */
export function useCredential(slug: string, version: number): CredentialView {
  const gitopsApi = useApi(gitopsApiRef);
  const [state, setState] = useState<
    Omit<CredentialView, 'refresh' | CredentialAction>
  >({ reading: true });
  const abort = useRef<AbortController | null>(null);

  const read = useCallback(async () => {
    abort.current?.abort();
    const controller = new AbortController();
    abort.current = controller;
    setState(before => ({ ...before, reading: true }));
    try {
      const credential = await gitopsApi.getCredential(slug, {
        signal: controller.signal,
      });
      if (!controller.signal.aborted) {
        setState(before => ({
          ...before,
          credential,
          reading: false,
          error: undefined,
        }));
      }
    } catch (thrown) {
      if (!controller.signal.aborted) {
        const error = toError(thrown);
        setState(before => ({ ...before, reading: false, error }));
      }
    }
  }, [gitopsApi, slug]);

  useEffect(() => {
    void read();
    return () => abort.current?.abort();
  }, [read, version]);

  const { credential, reading } = state;
  // The portal may answer a request only when the rotation is through.
  const following =
    isRotating(credential) ||
    state.asking === 'rotate' ||
    state.asking === 'replace';
  useEffect(() => {
    if (!following || reading) {
      return undefined;
    }
    const timer = setTimeout(() => void read(), FOLLOW_MS);
    return () => clearTimeout(timer);
  }, [following, reading, read]);

  async function ask(action: CredentialAction, request: () => Promise<void>) {
    setState(before => ({
      ...before,
      asking: action,
      refused: undefined,
      done: undefined,
    }));
    try {
      await request();
      await read();
      setState(before => ({
        ...before,
        asking: undefined,
        done: action === 'validate' ? action : undefined,
      }));
    } catch (thrown) {
      const error = toError(thrown);
      setState(before => ({
        ...before,
        asking: undefined,
        refused: { action, error },
      }));
    }
  }

  return {
    ...state,
    refresh: () => void read(),
    validate: () =>
      void ask('validate', () => gitopsApi.validateCredential(slug)),
    rotate: () => void ask('rotate', () => gitopsApi.rotateCredential(slug)),
    replace: wish =>
      void ask('replace', () =>
        gitopsApi.replaceCredential(slug, { credential: wish }),
      ),
  };
}
