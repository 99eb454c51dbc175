import type { Derive } from './facts';
import { condition, isTrue } from './conditions';
import {
  isFluxObject,
  referenceKey,
  referenceTo,
  resolveReference,
  sourceReference,
} from './kinds';
import type {
  DerivedState,
  FluxObject,
  FluxReference,
  Reading,
  StatusContext,
} from './types';

/** What a dependency chain ends at: the object that has to move first. @internal */
export interface Blocker {
  reference: FluxReference;
  /** Absent when nobody could tell. */
  reading?: Reading;
  /** Source of the blocker, as far as known. */
  source?: Reading;
  state?: DerivedState;
  /** The objects of the circle it is part of, in the order they wait. */
  cycle?: FluxReference[];
}

/** @internal */
export interface DependencyWalk {
  object: FluxObject;
  source: Reading | undefined;
  now: Date;
  context: StatusContext;
  derive: Derive;
}

/**
 * Follows a waiting object to the one that has to move first.
 *
 * @returns Undefined when neither spec nor message names a dependency.
 * @internal
 */
export function findBlocker(walk: DependencyWalk): Blocker | undefined {
  const visited = new Set<string>();
  let waiting = walk.object;
  let blocker: Blocker | undefined;
  for (;;) {
    visited.add(referenceKey(referenceTo(waiting)));
    const next = firstUnready(waiting, walk);
    if (!next) {
      return blocker;
    }
    blocker = next;
    const { reading, state } = next;
    if (!reading || !isFluxObject(reading)) {
      return blocker;
    }
    const cycle = findCycle(reading, walk.context);
    if (cycle) {
      return { ...blocker, cycle };
    }
    if (state?.rule !== '9' || visited.has(referenceKey(next.reference))) {
      return blocker;
    }
    waiting = reading;
  }
}

/**
 * The circle of dependencies that an object is part of. Only objects that are
 * not Ready pass the waiting on: where one of them is Ready, the next check
 * finds it so and the circle opens.
 *
 * @returns The members in the order they wait, starting with the object itself.
 * @internal
 */
export function findCycle(
  object: FluxObject,
  context: StatusContext,
): FluxReference[] | undefined {
  const start = referenceTo(object);
  const visited = new Set<string>();
  const search = (
    current: FluxObject,
    path: FluxReference[],
  ): FluxReference[] | undefined => {
    for (const reference of dependenciesOf(current)) {
      const key = referenceKey(reference);
      if (key === referenceKey(start)) {
        return path;
      }
      if (visited.has(key)) {
        continue;
      }
      visited.add(key);
      const reading = context.dependency?.(reference);
      if (reading && isFluxObject(reading) && !countsAsReady(reading)) {
        const found = search(reading, [...path, reference]);
        if (found) {
          return found;
        }
      }
    }
    return undefined;
  };
  return countsAsReady(object) ? undefined : search(object, [start]);
}

/** What a controller asks of a dependency; suspension plays no part in it. */
function countsAsReady(object: FluxObject): boolean {
  return (
    isTrue(condition(object, 'Ready')) &&
    object.status?.observedGeneration === object.metadata.generation
  );
}

function dependenciesOf(object: FluxObject): FluxReference[] {
  return (object.spec?.dependsOn ?? []).map(({ name, namespace }) =>
    // The kind is always that of the object itself.
    resolveReference({ name, namespace }, object),
  );
}

/**
 * The dependency that holds an object back: the one its message names if that
 * is still so, else the first one that is not ready by now.
 */
function firstUnready(
  object: FluxObject,
  walk: DependencyWalk,
): Blocker | undefined {
  const named = namedDependency(object);
  const candidates = dependenciesOf(object);
  if (named) {
    const key = referenceKey(named);
    const others = candidates.filter(other => referenceKey(other) !== key);
    candidates.splice(0, candidates.length, named, ...others);
  }
  const blockers = candidates.map(reference => look(reference, walk));
  return (
    blockers.find(({ reference, state }) =>
      // One that cannot be read is only suspected when the message names it.
      state ? state.status !== 'ready' : reference === named,
    ) ?? blockers[0]
  );
}

function namedDependency(object: FluxObject): FluxReference | undefined {
  const message = condition(object, 'Ready')?.message ?? '';
  const found = /dependency '(?:([^'/]+)\/)?([^'/]+)'/.exec(message);
  return found
    ? resolveReference({ namespace: found[1], name: found[2] }, object)
    : undefined;
}

function look(reference: FluxReference, walk: DependencyWalk): Blocker {
  const { context, now, derive } = walk;
  const reading = context.dependency?.(reference);
  if (!reading) {
    return { reference };
  }
  const source = isFluxObject(reading) ? sourceOf(reading, walk) : undefined;
  // Without a look-up of its own: the walk itself follows the chain.
  const state = derive(reading, source, now, {});
  return { reference, reading, source, state };
}

/** Source of another object; most often it is the one we have in hand. */
function sourceOf(object: FluxObject, walk: DependencyWalk) {
  const reference = sourceReference(object);
  if (!reference) {
    return undefined;
  }
  const own = sourceReference(walk.object);
  return own && referenceKey(own) === referenceKey(reference)
    ? walk.source
    : walk.context.source?.(reference);
}
