import { z } from 'zod/v3';
import { describeReference, type StoredObject } from '../../clusters';

const conditionsSchema = z.object({
  status: z.object({
    conditions: z.array(
      z.object({
        type: z.string(),
        status: z.string(),
        message: z.string().optional(),
      }),
    ),
  }),
});

/** What the owner of a kind does before it lets go, and who that is. */
const NEXT_STEPS: Record<string, string> = {
  Kustomization:
    'Flux takes away what it applied before it lets go: see that kustomize-controller runs and may delete it',
  GitRepository: 'see that source-controller runs',
  Namespace:
    'the cluster takes away what is in it first: see which of its objects have finalizers that nobody serves',
};

/**
 * Says why objects that were deleted are still there, in the words of whoever
 * holds them.
 *
 * @internal
 */
export function whatHolds(
  objects: readonly StoredObject[],
  cluster: string,
  waitedMs: number,
): string {
  const [{ kind }] = objects;
  const names = objects.map(({ metadata, ...object }) => {
    const told = messagesOf(object, kind);
    const { finalizers = [], name, namespace } = metadata;
    const held = finalizers.length > 0 ? ` (${finalizers.join(', ')})` : '';
    return `${describeReference({ kind, name, namespace })}${held}${told}`;
  });
  return [
    `Still there on cluster '${cluster}' ${Math.round(
      waitedMs / 1000,
    )} s after their deletion was accepted: ${names.join('; ')}`,
    NEXT_STEPS[kind] ?? 'see what holds them',
  ].join('. ');
}

/** A namespace tells what remains in True conditions, Flux what failed in False ones. */
function messagesOf(object: unknown, kind: string): string {
  const parsed = conditionsSchema.safeParse(object);
  if (!parsed.success) {
    return '';
  }
  const telling = kind === 'Namespace' ? 'True' : 'False';
  const messages = parsed.data.status.conditions.flatMap(
    ({ status, message }) => (status === telling && message ? [message] : []),
  );
  return messages.length > 0 ? `: ${messages.join(' ')}` : '';
}
