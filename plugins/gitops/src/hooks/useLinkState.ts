import { useCallback } from 'react';
import { useSearchParams } from 'react-router-dom';

/** Parts of a GitOps tab that can be opened by themselves. */
export type LinkPanel =
  | 'objects'
  | 'conditions'
  | 'events'
  | 'history'
  | 'credentials';

/** What is open, as it stands in the address. */
export interface LinkState {
  /** Name of the environment whose resources are open. */
  environment?: string;
  /** Id of the object that is looked at. */
  resource?: string;
  panel?: LinkPanel;
}

const PANELS: readonly string[] = [
  'objects',
  'conditions',
  'events',
  'history',
  'credentials',
] satisfies LinkPanel[];

/**
 * What is open on the page, kept in the address: a link opens the same, and a
 * refresh closes nothing. Other parameters stay as they are.
 */
export function useLinkState(): [LinkState, (next: LinkState) => void] {
  const [parameters, setParameters] = useSearchParams();
  const panel = parameters.get('panel') ?? '';
  const state: LinkState = {
    environment: parameters.get('environment') ?? undefined,
    resource: parameters.get('resource') ?? undefined,
    panel: PANELS.includes(panel) ? (panel as LinkPanel) : undefined,
  };
  const open = useCallback(
    (next: LinkState) =>
      setParameters(
        before => {
          const after = new URLSearchParams(before);
          for (const name of ['environment', 'resource', 'panel'] as const) {
            const value = next[name];
            if (value === undefined) {
              after.delete(name);
            } else {
              after.set(name, value);
            }
          }
          return after;
        },
        { replace: true },
      ),
    [setParameters],
  );
  return [state, open];
}
