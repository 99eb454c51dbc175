import { KubeObject, ObjectStore } from '../ObjectStore';
import { objectAt } from '../json';
import { kinds } from '../kinds';
import { OwningController } from './OwningController';

/** Every claim gets its volume. */
export class VolumeClaimController extends OwningController {
  constructor(store: ObjectStore) {
    super(store, kinds.PersistentVolumeClaim);
  }

  protected reconcile(claim: KubeObject): void {
    const spec = objectAt(claim, 'spec');
    this.writeStatus(claim, {
      phase: 'Bound',
      accessModes: spec?.accessModes,
      capacity: objectAt(spec, 'resources', 'requests'),
    });
  }
}
