import { condition } from '../conditions';
import { words } from '../facts';
import type { Facts, Row } from '../facts';
import { isKustomization, sourceReference } from '../kinds';
import type { ResourceStatus } from '../../model/enumerations';
import type { StateAttributes } from '../types';

/** States of a source from which no later commit will come by itself. */
const BROKEN: ResourceStatus[] = ['failed', 'stalled', 'missing', 'suspended'];

/** Rows for a good outcome of the current spec. @internal */
export const readyRows: Row[] = [
  {
    rule: '18',
    answer(facts) {
      const { object, ready } = facts;
      if (!isKustomization(object) || condition(object, 'Healthy')) {
        return undefined;
      }
      const asked = object.spec?.wait || object.spec?.healthChecks?.length;
      return {
        status: 'ready',
        ...words(ready),
        attributes: {
          healthUnchecked: asked ? 'nothing-to-check' : 'unset',
          ...frozenAttributes(facts),
        },
      };
    },
  },
  {
    rule: '19',
    answer: facts => ({
      status: 'ready',
      ...words(facts.ready),
      attributes: frozenAttributes(facts),
    }),
  },
];

function frozenAttributes(facts: Facts): StateAttributes {
  const { object, source, now, context, derive } = facts;
  if (!source || !isKustomization(object)) {
    return {};
  }
  const { status } = derive(source, undefined, now, context);
  const reference = sourceReference(object);
  return BROKEN.includes(status)
    ? { frozen: true, waitingOn: reference && { ...reference, status } }
    : {};
}
