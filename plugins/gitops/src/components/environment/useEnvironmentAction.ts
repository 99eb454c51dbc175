import { useEffect, useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import { toError } from '@backstage/errors';
import type {
  EnvironmentDocument,
  ProjectDocument,
  ResourceStateDocument,
  SuspendRequest,
} from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from '../../api/GitopsApi';
import type { ProjectView } from '../../hooks/useProject';
import { useTick } from '../../hooks/useTick';
import {
  reconcileProgress,
  type ReconcileProgress,
} from '../../presentation/reconcileProgress';
import { isSettled } from '../../presentation/shownState';

/** What can be asked of an environment. */
export type ActionKind = 'reconcile' | 'suspend' | 'resume';

/** Something that was asked for, and how far it has come. */
export interface ActionState {
  kind: ActionKind;
  progress: 'asking' | ReconcileProgress | 'refused';
  error?: Error;
}

interface Asked {
  kind: ActionKind;
  /** Browser clock in milliseconds. */
  at: number;
  /** The token that Flux has to hand back; absent until the portal has answered. */
  token?: string;
  accepted?: boolean;
  error?: Error;
}

/** Longest that a change of one field takes to come back as a state. */
const CHANGE_LIMIT_MS = 45_000;

export interface EnvironmentAction {
  state: ActionState | undefined;
  busy: boolean;
  reconcile: (options: { withSource: boolean }) => Promise<void>;
  suspend: (request: SuspendRequest) => Promise<void>;
  resume: () => Promise<void>;
}

/**
 * Asks for something and follows it to its real end. A reconcile that is still
 * open when the page is loaded is taken up from the object, where its request
 * stands.
 */
export function useEnvironmentAction(options: {
  project: ProjectDocument;
  environment: EnvironmentDocument;
  source: ResourceStateDocument | undefined;
  view: ProjectView;
}): EnvironmentAction {
  const { project, environment, source, view } = options;
  const { resource } = environment;
  const gitopsApi = useApi(gitopsApiRef);
  const [asked, setAsked] = useState<Asked>();
  useTick(5_000);

  const open =
    resource && resource.status !== 'suspended'
      ? resource.attributes.requested
      : undefined;
  useEffect(() => {
    if (open !== undefined) {
      setAsked(
        before =>
          before ?? {
            kind: 'reconcile',
            at: Date.now(),
            token: open,
            accepted: true,
          },
      );
    }
  }, [open]);

  const state = asked && stateOf(asked, resource, source, Date.now());

  async function ask(
    kind: ActionKind,
    request: () => Promise<{ requestedAt: string } | void>,
  ) {
    const at = Date.now();
    setAsked({ kind, at });
    try {
      const answer = await request();
      setAsked({ kind, at, accepted: true, token: answer?.requestedAt });
      view.watchClosely();
      void view.refresh();
    } catch (thrown) {
      setAsked({ kind, at, error: toError(thrown) });
    }
  }

  return {
    state,
    busy:
      state !== undefined &&
      ['asking', 'requested', 'working'].includes(state.progress),
    reconcile: ({ withSource }) =>
      ask('reconcile', () =>
        gitopsApi.reconcileEnvironment(project.slug, environment.name, {
          withSource,
        }),
      ),
    suspend: request =>
      ask('suspend', () =>
        gitopsApi.suspendEnvironment(project.slug, environment.name, request),
      ),
    resume: () =>
      ask('resume', () =>
        gitopsApi.resumeEnvironment(project.slug, environment.name),
      ),
  };
}

function stateOf(
  { kind, at, token, accepted, error }: Asked,
  resource: ResourceStateDocument | undefined,
  source: ResourceStateDocument | undefined,
  now: number,
): ActionState {
  if (error) {
    return { kind, progress: 'refused', error };
  }
  if (!accepted) {
    return { kind, progress: 'asking' };
  }
  if (kind === 'reconcile') {
    return {
      kind,
      progress: token
        ? reconcileProgress({ token, askedAt: at }, resource, now, source)
        : 'unproven',
    };
  }
  const suspended = resource?.status === 'suspended';
  if (kind === 'suspend' ? suspended : !suspended && isSettledNow(resource)) {
    return { kind, progress: 'ended' };
  }
  const working = kind === 'resume' && !suspended;
  if (!working && now - at > CHANGE_LIMIT_MS) {
    return { kind, progress: 'unproven' };
  }
  return { kind, progress: working ? 'working' : 'requested' };
}

function isSettledNow(resource: ResourceStateDocument | undefined): boolean {
  return resource !== undefined && isSettled(resource.status);
}
