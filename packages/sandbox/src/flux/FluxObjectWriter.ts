import { ObjectStore } from '../kubernetes/ObjectStore';
import { ResourceKind } from '../kubernetes/ResourceKind';
import { StatusError } from '../kubernetes/StatusError';
import { FINALIZER, FluxObject } from './FluxObject';

/** Writes what a controller found out about an object back to the API. */
export class FluxObjectWriter {
  constructor(
    private readonly store: ObjectStore,
    private readonly kind: ResourceKind,
    private readonly fieldManager: string,
  ) {}

  /** Writes the status as it is now; an object that is gone takes none. */
  writeStatus(object: FluxObject): void {
    const { namespace, name, uid } = object.metadata;
    try {
      const present = this.store.get(this.kind, namespace, name);
      if (present?.metadata.uid !== uid) {
        return;
      }
      this.store.updateStatus(
        this.kind,
        namespace,
        name,
        stored => {
          stored.status = structuredClone(object.status);
        },
        { fieldManager: this.fieldManager },
      );
    } catch (error) {
      if (!(error instanceof StatusError && error.reason === 'NotFound')) {
        throw error;
      }
    }
  }

  /** @returns the object with the finalizer, so that it cannot go unnoticed */
  addFinalizer(object: FluxObject): void {
    const finalizers = object.metadata.finalizers ?? [];
    if (!finalizers.includes(FINALIZER)) {
      object.metadata.finalizers = [...finalizers, FINALIZER];
      this.writeFinalizers(object);
    }
  }

  removeFinalizer(object: FluxObject): void {
    const finalizers = object.metadata.finalizers ?? [];
    if (finalizers.includes(FINALIZER)) {
      object.metadata.finalizers = finalizers.filter(
        other => other !== FINALIZER,
      );
      this.writeFinalizers(object);
    }
  }

  private writeFinalizers(object: FluxObject): void {
    try {
      this.store.mergePatch(
        this.kind,
        object.metadata.namespace,
        object.metadata.name,
        { metadata: { finalizers: object.metadata.finalizers } },
        { fieldManager: this.fieldManager },
      );
    } catch (error) {
      if (!(error instanceof StatusError && error.reason === 'NotFound')) {
        throw error;
      }
    }
  }
}
