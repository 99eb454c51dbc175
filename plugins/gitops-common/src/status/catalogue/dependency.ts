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
  if (!blocker) {
    return {
      cause: `${nameOf(referenceTo(object))} waits for a dependency.`,
      field,
      nextStep: 'Look at the dependency that the message names.',
    };
  }
  const { reference, state, cycle } = blocker;
  const name = nameOf(reference);
  const waits = `${nameOf(referenceTo(object))} waits for ${name}`;
  if (cycle) {
    const circle = [...cycle, cycle[0]].map(member => member.name).join(' → ');
    return {
      cause: `The dependencies go round in a circle and never end: ${circle}.`,
      field,
      nextStep: 'Take one of these dependencies out of `spec.dependsOn`.',
    };
  }
  switch (state?.status) {
    case 'missing':
      return {
        cause: `${waits}, which does not exist.`,
        field,
        nextStep: `Create ${name}, or take it out of \`spec.dependsOn\`.`,
      };
    case 'suspended':
      return {
        cause: `${waits}, which is suspended and was not ready before.`,
        subject: reference,
        field: 'spec.suspend',
        nextStep: `Resume ${name}.`,
        command: fluxCommand('resume', reference),
      };
    case 'terminating':
      return {
        cause: `${waits}, which is being deleted.`,
        field,
        nextStep: `Take ${name} out of \`spec.dependsOn\`, or create it anew once it is gone.`,
      };
    case 'reconciling':
      return {
        cause: `${waits}, which is still at work.`,
        subject: reference,
        nextStep: `Wait for ${name}; the dependency is looked at again every 30 s.`,
      };
    case 'ready':
      return {
        cause: `${waits}, which is ready by now.`,
        field,
        nextStep:
          'Wait for the next look, at most 30 s, or see whether `readyExpr` asks for more.',
      };
    default:
      return {
        cause: `${waits}, which is not ready.`,
        subject: reference,
        nextStep: `Look at the conditions of ${name}.`,
        command: describeCommand(reference),
      };
  }
}
