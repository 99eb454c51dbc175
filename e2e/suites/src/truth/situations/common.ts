import { APP, conditionOf, type Stage } from '../Stage';

export function kustomizationSubject(stage: Stage, field?: string, name = APP) {
  return {
    kind: 'Kustomization',
    name,
    namespace: stage.namespace,
    ...(field && { field }),
  };
}

/** The Kustomization as its first run left it, all of its status written. */
export async function afterRun(stage: Stage, limitMs?: number) {
  await stage.settled('Kustomization', { limitMs });
  await stage.until('Kustomization', object => {
    const ready = conditionOf(object, 'Ready');
    const { lastAppliedRevision } = object.status ?? {};
    return (
      ready?.status === 'False' ||
      Boolean(
        lastAppliedRevision && ready?.message?.endsWith(lastAppliedRevision),
      )
    );
  });
  return stage.capture('Kustomization');
}
