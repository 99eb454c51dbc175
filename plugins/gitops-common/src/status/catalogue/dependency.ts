import type { Blocker } from '../dependencies';
import { referenceTo } from '../kinds';
import type { FluxObject } from '../types';
import type { Explanation } from './catalogueEntry';
import { describeCommand, fluxCommand } from './commands';
import { nameOf } from './messageParts';

/**
 * What to say of an object that waits for another one, where the other one has
 * no failure of its own to show.
 *
 * @internal
 */
export function explainDependency(
  object: FluxObject,
  blocker: Blocker | undefined,
): Explanation {
  const field = 'spec.dependsOn';
  const waiting = nameOf(referenceTo(object));
  if (!blocker) {
    return { says: 'K25', values: { object: waiting }, field };
  }
  const { reference, state, cycle } = blocker;
  if (cycle) {
    const circle = [...cycle, cycle[0]].map(member => member.name).join(' → ');
    return { says: 'K25-circle', values: { circle }, field };
  }
  const values = { object: waiting, blocker: nameOf(reference) };
  switch (state?.status) {
    case 'suspended':
      return {
        says: 'K25-suspended',
        values,
        subject: reference,
        field: 'spec.suspend',
        command: fluxCommand('resume', reference),
      };
    case 'reconciling':
      return { says: 'K25-reconciling', values, subject: reference };
    case 'missing':
    case 'terminating':
    case 'ready':
      return { says: `K25-${state.status}`, values, field };
    default:
      return {
        says: 'K25-unready',
        values,
        subject: reference,
        command: describeCommand(reference),
      };
  }
}
