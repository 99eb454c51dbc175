import type {
  BackstageCredentials,
  PermissionsService,
} from '@backstage/backend-plugin-api';
import type { PolicyDecision } from '@backstage/plugin-permission-common';
import {
  gitopsProjectDeletePermission,
  gitopsProjectReadPermission,
  gitopsProjectUpdatePermission,
} from '@backstage-gitops/plugin-gitops-common';

/** How long a right that was taken away may still show a page. */
const REMEMBERED_MS = 5_000;
/** Callers that are remembered at most. */
const MOST_CALLERS = 10_000;

/** What the policy says about reading, updating and deleting projects. */
export type ProjectDecisions = readonly PolicyDecision[];

/**
 * Asks the policy what a caller may do with projects.
 *
 * The question is a request of its own to the permission backend, with tokens to
 * make and to verify, and costs more than all the rest of a page view. For pages
 * its answer is therefore remembered for some seconds; whoever changes something is
 * asked about anew.
 */
export class RememberedDecisions {
  private readonly remembered = new Map<
    string,
    { until: number; decisions: Promise<ProjectDecisions> }
  >();

  constructor(private readonly permissions: PermissionsService) {}

  /** As the policy answers now. */
  ask(credentials: BackstageCredentials): Promise<ProjectDecisions> {
    return this.permissions.authorizeConditional(
      [
        { permission: gitopsProjectReadPermission },
        { permission: gitopsProjectUpdatePermission },
        { permission: gitopsProjectDeletePermission },
      ],
      { credentials },
    );
  }

  /** As the policy answered {@link REMEMBERED_MS} ago at most. */
  recall(credentials: BackstageCredentials): Promise<ProjectDecisions> {
    // Whom the request is from, on whose behalf, and with what restrictions.
    const caller = JSON.stringify(credentials.principal);
    const now = performance.now();
    const known = this.remembered.get(caller);
    if (known && known.until > now) {
      return known.decisions;
    }
    this.makeRoom(now);
    const decisions = this.ask(credentials);
    const entry = { until: now + REMEMBERED_MS, decisions };
    this.remembered.set(caller, entry);
    // What could not be answered is asked again.
    decisions.catch(() => {
      entry.until = 0;
    });
    return decisions;
  }

  private makeRoom(now: number): void {
    if (this.remembered.size < MOST_CALLERS) {
      return;
    }
    for (const [caller, { until }] of this.remembered) {
      if (until <= now) {
        this.remembered.delete(caller);
      }
    }
    if (this.remembered.size >= MOST_CALLERS) {
      this.remembered.clear();
    }
  }
}
