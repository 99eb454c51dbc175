import { lookUp, toDiagnosis } from './catalogue/catalogueEntry';
import type {
  CatalogueEntry,
  Finding,
  WordedDiagnosis,
} from './catalogue/catalogueEntry';
import { explainDependency } from './catalogue/dependency';
import {
  explainClearTextCredentials,
  explainMissing,
  explainNoController,
  explainOverdue,
  explainSuspended,
  explainUnlisted,
  explainUnreadable,
  frozenDiagnosis,
} from './catalogue/general';
import {
  sendsCredentialsInClear,
  sourceCatalogue,
} from './catalogue/gitRepository';
import { helmReleaseCatalogue } from './catalogue/helmRelease';
import { kustomizationCatalogue } from './catalogue/kustomization';
import {
  findDeletionRemains,
  findDeletionTrouble,
} from './catalogue/terminating';
import { condition, isFresh } from './conditions';
import { deletionOrphans } from './deletion';
import { findBlocker, findCycle } from './dependencies';
import { deriveState } from './deriveState';
import {
  isFluxObject,
  isSource,
  referenceKey,
  referenceTo,
  sourceReference,
} from './kinds';
import { stripCredentials } from './stripCredentials';
import type {
  DerivedState,
  FailedReading,
  FluxEvent,
  FluxObject,
  FluxReference,
  Reading,
  StatusContext,
} from './types';

/** Rows of the Kustomization catalogue whose root is the source, if that one fails. */
const SOURCE_ROWS = ['K2', 'K3'];

/** One question, asked of one object after the other until the root is found. @internal */
export class Examination {
  /** Objects already looked at, so that circles of references end. */
  readonly #visited = new Set<string>();

  constructor(
    private readonly events: readonly FluxEvent[],
    private readonly now: Date,
    private readonly context: StatusContext,
  ) {}

  examine(
    reading: Reading,
    reference: FluxReference,
    source: Reading | undefined,
  ): WordedDiagnosis | undefined {
    if (this.#visited.has(referenceKey(reference))) {
      return undefined;
    }
    this.#visited.add(referenceKey(reference));
    if (!isFluxObject(reading)) {
      return this.#examineAbsence(reading, reference);
    }
    const state = deriveState(reading, source, this.now, this.context);
    const found = this.#examineState(reading, source, state);
    return found && state.status === 'stalled'
      ? { ...found, final: true }
      : found;
  }

  #examineState(
    object: FluxObject,
    source: Reading | undefined,
    state: DerivedState,
  ): WordedDiagnosis | undefined {
    const { status, rule, attributes } = state;
    switch (status) {
      case 'terminating':
        return this.#examineDeletion(object, attributes.stuck ?? false);
      case 'suspended':
        return attributes.requested
          ? toDiagnosis(
              'suspended-request',
              referenceTo(object),
              explainSuspended(object, 'suspended-request'),
            )
          : undefined;
      case 'ready':
        return this.#examineReady(object, source, state);
      case 'unknown':
        return rule === '7'
          ? toDiagnosis(
              'no-controller',
              referenceTo(object),
              explainNoController(object),
            )
          : this.#examineFailure(object, source, state);
      case 'reconciling':
        return this.#examineProgress(object, source, state);
      default:
        return rule === '9'
          ? this.#examineDependency(object, source)
          : this.#examineFailure(object, source, state);
    }
  }

  #examineProgress(
    object: FluxObject,
    source: Reading | undefined,
    state: DerivedState,
  ): WordedDiagnosis | undefined {
    switch (state.rule) {
      case '9':
        return this.#examineDependency(object, source);
      case '10':
      case '11':
        return this.#examineFailure(object, source, state);
      default:
        return state.attributes.overdue
          ? toDiagnosis(
              'overdue',
              referenceTo(object),
              explainOverdue(object, state),
              state.message,
            )
          : undefined;
    }
  }

  #examineReady(
    object: FluxObject,
    source: Reading | undefined,
    { attributes }: DerivedState,
  ): WordedDiagnosis | undefined {
    if (attributes.frozen) {
      const root = this.#examineSource(object, source);
      return root && frozenDiagnosis(root);
    }
    if (isSource(object) && sendsCredentialsInClear(object)) {
      return toDiagnosis(
        'G15',
        referenceTo(object),
        explainClearTextCredentials(object),
      );
    }
    const drift = condition(object, 'Drifted');
    return drift?.status === 'True'
      ? this.#lookUp(object, undefined, drift)
      : undefined;
  }

  /** Looks a failure up, and passes it on where another object is its root. */
  #examineFailure(
    object: FluxObject,
    source: Reading | undefined,
    state: DerivedState,
  ): WordedDiagnosis | undefined {
    // The object's own words: row 11 has put those of the source in their place.
    const own: Words | undefined =
      state.rule === '11' ? condition(object, 'Ready') : state;
    const found =
      this.#lookUp(object, source, own) ?? this.#lookUpOthers(object, source);
    if (state.rule === '11' || SOURCE_ROWS.includes(found?.id ?? '')) {
      // A source that is not there is what K1 says already.
      const missing = source && !isFluxObject(source);
      const root = missing ? undefined : this.#examineSource(object, source);
      if (root) {
        return root;
      }
    }
    if (found?.id === 'G19') {
      return this.#examineInclude(object, found) ?? found;
    }
    if (found || state.status === 'reconciling') {
      return found;
    }
    return toDiagnosis(
      'unlisted',
      referenceTo(object),
      explainUnlisted(object, state),
      own?.message,
    );
  }

  #examineSource(
    object: FluxObject,
    source: Reading | undefined,
  ): WordedDiagnosis | undefined {
    const reference = sourceReference(object);
    if (!source || !reference) {
      return undefined;
    }
    // What may be said of a source that does its work is no root of a failure.
    const { status } = deriveState(source, undefined, this.now, this.context);
    return status === 'ready'
      ? undefined
      : this.examine(source, reference, undefined);
  }

  #examineInclude(
    object: FluxObject,
    found: WordedDiagnosis,
  ): WordedDiagnosis | undefined {
    const { field: _, ...reference } = found.subject;
    if (referenceKey(reference) === referenceKey(referenceTo(object))) {
      return undefined;
    }
    const included = this.context.source?.(reference);
    return included && this.examine(included, reference, undefined);
  }

  #examineDependency(
    object: FluxObject,
    source: Reading | undefined,
  ): WordedDiagnosis {
    const { now, context } = this;
    const own = findCycle(object, context);
    const blocker = own
      ? { reference: referenceTo(object), cycle: own }
      : findBlocker({ object, source, now, context, derive: deriveState });
    const root =
      blocker?.reading &&
      isFluxObject(blocker.reading) &&
      !blocker.cycle &&
      !['ready', 'suspended'].includes(blocker.state?.status ?? '')
        ? this.examine(blocker.reading, blocker.reference, blocker.source)
        : undefined;
    return (
      root ??
      toDiagnosis(
        'K25',
        referenceTo(object),
        explainDependency(object, blocker),
        condition(object, 'Ready')?.message,
      )
    );
  }

  #examineDeletion(
    object: FluxObject,
    stuck: boolean,
  ): WordedDiagnosis | undefined {
    const namespace = object.spec?.targetNamespace;
    const phase = namespace && this.context.namespacePhase?.(namespace);
    const found = findDeletionTrouble(object, {
      events: this.events,
      now: this.now,
      stuck,
      targetNamespace: phase || undefined,
    });
    if (found) {
      return toDiagnosis(
        found.id,
        referenceTo(object),
        found.explanation,
        found.message,
      );
    }
    return deletionOrphans(object) === 'suspended'
      ? toDiagnosis(
          'suspended-deletion',
          referenceTo(object),
          explainSuspended(object, 'suspended-deletion'),
        )
      : undefined;
  }

  #examineAbsence(
    reading: FailedReading,
    reference: FluxReference,
  ): WordedDiagnosis {
    if (reading.failure === 'unreadable') {
      return toDiagnosis(
        'unreadable',
        reference,
        explainUnreadable(reading, reference),
        reading.message,
      );
    }
    const { namespace } = reference;
    const remains = findDeletionRemains(
      reference,
      this.events,
      namespace === undefined
        ? undefined
        : this.context.namespacePhase?.(namespace),
    );
    return remains
      ? toDiagnosis(remains.id, reference, remains.explanation, remains.message)
      : toDiagnosis('missing', reference, explainMissing(reading, reference));
  }

  #lookUp(
    object: FluxObject,
    source: Reading | undefined,
    words: Words | undefined,
  ): WordedDiagnosis | undefined {
    const finding: Finding = {
      object,
      source,
      context: this.context,
      reason: words?.reason ?? '',
      message: stripCredentials(words?.message ?? ''),
    };
    return lookUp(catalogueOf(object), finding);
  }

  /** Conditions of a source that tell more than a Ready which is still Unknown. */
  #lookUpOthers(
    object: FluxObject,
    source: Reading | undefined,
  ): WordedDiagnosis | undefined {
    const verified = condition(object, 'SourceVerified');
    return isSource(object) &&
      verified?.status === 'False' &&
      isFresh(object, verified)
      ? this.#lookUp(object, source, verified)
      : undefined;
  }
}

interface Words {
  reason?: string;
  message?: string;
}

function catalogueOf(object: FluxObject): readonly CatalogueEntry[] {
  if (isSource(object)) {
    return sourceCatalogue;
  }
  return object.kind === 'HelmRelease'
    ? helmReleaseCatalogue
    : kustomizationCatalogue;
}
