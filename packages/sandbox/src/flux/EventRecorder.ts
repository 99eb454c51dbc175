import { createHash } from 'node:crypto';
import { KubeObject, ObjectStore } from '../kubernetes/ObjectStore';
import { StatusError } from '../kubernetes/StatusError';

/** Events are kept for an hour, as the API server does. */
const KEPT_MS = 3_600_000;

/** Writes Kubernetes Events; the same one again raises its count. */
export class EventRecorder {
  constructor(
    private readonly store: ObjectStore,
    private readonly component: string,
  ) {}

  record(
    object: KubeObject,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    annotations: Record<string, string> = {},
  ): void {
    const kind = this.store.resolve('v1', 'Event');
    if (!kind) {
      return;
    }
    const { name, namespace, uid, resourceVersion } = object.metadata;
    const text = message.slice(0, 1024);
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const id = createHash('sha256')
      .update([uid, type, reason, text].join('\0'))
      .digest('hex')
      .slice(0, 16);
    const eventName = `${name}.${id}`;
    const fieldManager = this.component;
    try {
      const present = this.store.get(kind, namespace, eventName);
      if (present) {
        this.store.mergePatch(
          kind,
          namespace,
          eventName,
          { count: Number(present.count ?? 1) + 1, lastTimestamp: now },
          { fieldManager },
        );
        return;
      }
      this.forgetOld(namespace);
      this.store.create(
        {
          apiVersion: 'v1',
          kind: 'Event',
          metadata: { name: eventName, namespace, annotations },
          involvedObject: {
            apiVersion: object.apiVersion,
            kind: object.kind,
            name,
            namespace,
            uid,
            resourceVersion,
          },
          type,
          reason,
          message: text,
          count: 1,
          firstTimestamp: now,
          lastTimestamp: now,
          source: { component: this.component },
          reportingComponent: this.component,
          reportingInstance: '',
        },
        { fieldManager },
      );
    } catch (error) {
      // A namespace that is going away takes no events, and nothing depends on one.
      if (!(error instanceof StatusError)) {
        throw error;
      }
    }
  }

  private forgetOld(namespace: string | undefined): void {
    const kind = this.store.resolve('v1', 'Event');
    const before = Date.now() - KEPT_MS;
    for (const event of kind ? this.store.list(kind, namespace) : []) {
      const last = Date.parse(String(event.lastTimestamp ?? ''));
      if (kind && last < before) {
        this.store.delete(kind, namespace, event.metadata.name);
      }
    }
  }
}
