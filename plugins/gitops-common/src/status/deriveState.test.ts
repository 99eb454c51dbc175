import {
  after,
  ago,
  failingRepository,
  gitRepository,
  HEALTHY,
  helmRelease,
  is,
  kustomization,
  NEXT_REVISION,
  NOW,
  READY,
  REVISION,
} from './__testUtils__/objects';
import { deletionOrphans } from './deletion';
import { deriveState } from './deriveState';
import type {
  DerivedState,
  FluxObject,
  FluxReference,
  Reading,
  StatusContext,
} from './types';

const NOT_FOUND = 'Source artifact not found, retrying in 30s';

const progressing = (stageSeconds: number, reason = 'Progressing') => [
  is('Ready', 'Unknown', reason, 'Reconciliation in progress', {
    lastTransitionTime: ago(stageSeconds),
  }),
  is('Reconciling', 'True', reason, `Running health checks for ${REVISION}`, {
    lastTransitionTime: ago(stageSeconds),
  }),
];

const waitsFor = (name: string, parts: Partial<FluxObject['metadata']> = {}) =>
  kustomization({
    metadata: parts,
    spec: { dependsOn: [{ name }] },
    conditions: [
      is(
        'Ready',
        'False',
        'DependencyNotReady',
        `dependency 'project-shop/${name}' is not ready`,
      ),
    ],
  });

const cluster =
  (objects: Record<string, Reading>): StatusContext['dependency'] =>
  ({ name }: FluxReference) =>
    objects[name];

interface Case {
  row: string;
  when: string;
  reading: Reading;
  source?: Reading;
  context?: StatusContext;
  expected: Partial<DerivedState>;
}

const cases: Case[] = [
  {
    row: '1',
    when: 'it was there once',
    reading: { failure: 'missing', lastSeenAt: ago(30) },
    expected: { status: 'missing', since: ago(30), attributes: {} },
  },
  {
    row: '1',
    when: 'it was never there',
    reading: { failure: 'missing' },
    expected: { status: 'missing', attributes: {} },
  },
  {
    row: '2',
    when: 'the cluster does not answer',
    reading: {
      failure: 'unreadable',
      message: 'connect ETIMEDOUT',
      lastReadAt: ago(90),
    },
    expected: {
      status: 'unknown',
      message: 'connect ETIMEDOUT',
      since: ago(90),
    },
  },
  {
    row: '3',
    when: 'it is being deleted, even suspended',
    reading: kustomization({
      metadata: { deletionTimestamp: ago(60) },
      spec: { suspend: true },
    }),
    expected: {
      status: 'terminating',
      since: ago(60),
      attributes: {
        finalizers: ['finalizers.fluxcd.io'],
        previous: expect.objectContaining({ status: 'ready' }),
      },
      recheckAt: after(240.001).toISOString(),
    },
  },
  {
    row: '3',
    when: 'the deletion takes more than five minutes',
    reading: kustomization({ metadata: { deletionTimestamp: ago(301) } }),
    expected: {
      status: 'terminating',
      attributes: expect.objectContaining({ stuck: true }),
      recheckAt: undefined,
    },
  },
  {
    row: '4',
    when: 'suspended while conditions still say Ready',
    reading: kustomization({ spec: { suspend: true } }),
    expected: {
      status: 'suspended',
      revision: REVISION,
      attributes: {
        previous: expect.objectContaining({ status: 'ready' }),
      },
    },
  },
  {
    row: '4',
    when: 'suspended after a failure, and stalled',
    reading: gitRepository({
      spec: { suspend: true },
      conditions: [
        is('Ready', 'False', 'URLInvalid', 'failed to parse url'),
        is('Stalled', 'True', 'URLInvalid', 'failed to parse url'),
      ],
    }),
    expected: {
      status: 'suspended',
      attributes: {
        previous: {
          status: 'stalled',
          reason: 'URLInvalid',
          message: 'failed to parse url',
        },
      },
    },
  },
  {
    row: '4',
    when: 'suspended with a request that the controller marked as handled',
    reading: kustomization({
      metadata: {
        annotations: { 'reconcile.fluxcd.io/requestedAt': ago(5) },
      },
      spec: { suspend: true },
      status: { lastHandledReconcileAt: ago(5) },
    }),
    expected: {
      status: 'suspended',
      attributes: expect.objectContaining({ requested: ago(5) }),
    },
  },
  {
    row: '4',
    when: 'suspended after it did what was requested, in one second',
    reading: kustomization({
      metadata: {
        annotations: {
          'reconcile.fluxcd.io/requestedAt': ago(5).replace('Z', '.565Z'),
        },
      },
      spec: { suspend: true },
      conditions: [{ ...READY, lastTransitionTime: ago(5) }],
      status: {
        lastHandledReconcileAt: ago(5).replace('Z', '.565Z'),
      },
    }),
    expected: {
      status: 'suspended',
      attributes: {
        previous: {
          status: 'ready',
          reason: READY.reason,
          message: READY.message,
        },
      },
    },
  },
  {
    row: '5',
    when: 'the controller gave up on this spec',
    reading: kustomization({
      metadata: { generation: 2 },
      conditions: [
        is('Ready', 'False', 'AccessDenied', 'x', { observedGeneration: 2 }),
        is('Stalled', 'True', 'AccessDenied', 'blocked', {
          observedGeneration: 2,
        }),
      ],
    }),
    expected: {
      status: 'stalled',
      reason: 'AccessDenied',
      message: 'blocked',
      since: ago(600),
      attributes: {},
    },
  },
  {
    row: '6',
    when: 'it is new',
    reading: kustomization({
      metadata: { creationTimestamp: ago(60) },
      status: { conditions: undefined },
    }),
    expected: {
      status: 'reconciling',
      recheckAt: after(0.001).toISOString(),
    },
  },
  {
    row: '7',
    when: 'no controller picked it up',
    reading: kustomization({
      metadata: { creationTimestamp: ago(61) },
      conditions: [],
    }),
    expected: { status: 'unknown', recheckAt: undefined },
  },
  ...['Provider', 'Alert', 'HelmRepository'].map(
    (kind): Case => ({
      row: '7',
      when: `${kind} has no status by design`,
      reading: {
        apiVersion: 'toolkit.fluxcd.io/v1',
        kind,
        metadata: { name: 'static', creationTimestamp: ago(5) },
        spec: { type: kind === 'HelmRepository' ? 'oci' : 'slack' },
      },
      expected: { status: 'ready', attributes: { static: true } },
    }),
  ),
  {
    row: '7',
    when: 'a HelmRepository of the other type is not static',
    reading: {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmRepository',
      metadata: { name: 'charts', creationTimestamp: ago(61) },
      spec: { type: 'default' },
    },
    expected: { status: 'unknown', attributes: {} },
  },
  {
    row: '8',
    when: 'a new spec was not tried yet',
    reading: kustomization({
      metadata: {
        generation: 2,
        managedFields: [
          { time: ago(20) },
          { subresource: 'status', time: ago(1) },
        ],
      },
    }),
    expected: {
      status: 'reconciling',
      attributes: { previous: expect.objectContaining({ status: 'ready' }) },
      recheckAt: after(40.001).toISOString(),
    },
  },
  {
    row: '8',
    when: 'a new spec is left alone for too long',
    reading: kustomization({ metadata: { generation: 2 } }),
    expected: {
      status: 'reconciling',
      attributes: expect.objectContaining({ overdue: true }),
      recheckAt: undefined,
    },
  },
  {
    row: '8',
    when: 'the new spec is under way and has its own timeout',
    reading: gitRepository({
      metadata: { generation: 2 },
      conditions: [
        is('Ready', 'True', 'Succeeded'),
        is('Reconciling', 'True', 'Progressing', 'building artifact', {
          observedGeneration: 2,
          lastTransitionTime: ago(90),
        }),
      ],
    }),
    expected: {
      status: 'reconciling',
      attributes: {
        stage: 'building artifact',
        previous: expect.objectContaining({ status: 'ready' }),
      },
      recheckAt: after(30.001).toISOString(),
    },
  },
  {
    row: '9',
    when: 'it waits for one that fails',
    reading: waitsFor('database'),
    context: {
      dependency: cluster({
        database: kustomization({
          metadata: { name: 'database' },
          conditions: [is('Ready', 'False', 'BuildFailed', 'no')],
        }),
      }),
    },
    expected: {
      status: 'reconciling',
      reason: 'DependencyNotReady',
      attributes: {
        waitingOn: {
          kind: 'Kustomization',
          name: 'database',
          namespace: 'project-shop',
          status: 'failed',
        },
      },
    },
  },
  {
    row: '10',
    when: 'a newer change took its place',
    reading: kustomization({
      conditions: [
        is(
          'Ready',
          'False',
          'HealthCheckCanceled',
          'New reconciliation triggered by GitRepository/project-shop/shop-repo',
        ),
      ],
    }),
    expected: { status: 'reconciling', reason: 'HealthCheckCanceled' },
  },
  {
    row: '11',
    when: 'the source is being fetched for the first time',
    reading: kustomization({
      conditions: [is('Ready', 'False', 'ArtifactFailed', NOT_FOUND)],
    }),
    source: gitRepository({
      metadata: { creationTimestamp: ago(10) },
      status: { conditions: [], artifact: undefined },
    }),
    expected: {
      status: 'reconciling',
      message: NOT_FOUND,
      recheckAt: after(50.001).toISOString(),
      attributes: expect.objectContaining({
        waitingOn: expect.objectContaining({
          name: 'shop-repo',
          status: 'reconciling',
        }),
      }),
    },
  },
  {
    row: '11',
    when: 'the source is Ready and has not written its artifact yet',
    reading: kustomization({
      conditions: [is('Ready', 'False', 'ArtifactFailed', NOT_FOUND)],
    }),
    source: gitRepository({ status: { artifact: undefined } }),
    expected: {
      status: 'reconciling',
      attributes: expect.objectContaining({
        waitingOn: expect.objectContaining({ status: 'reconciling' }),
      }),
    },
  },
  {
    row: '17',
    when: 'a source is Ready and has not written its artifact yet',
    reading: gitRepository({
      conditions: [
        is('Ready', 'True', 'Succeeded', 'stored artifact', {
          lastTransitionTime: ago(1),
        }),
      ],
      status: { artifact: undefined },
    }),
    expected: {
      status: 'reconciling',
      recheckAt: after(59.001).toISOString(),
      attributes: {},
    },
  },
  {
    row: '11',
    when: 'the source fails and its words come first',
    reading: kustomization({
      conditions: [is('Ready', 'False', 'ArtifactFailed', NOT_FOUND)],
    }),
    source: failingRepository(
      'GitOperationFailed',
      'failed to checkout and determine revision: authentication required',
    ),
    expected: {
      status: 'failed',
      reason: 'GitOperationFailed',
      message: expect.stringContaining('authentication required'),
      attributes: expect.objectContaining({
        retrying: true,
        waitingOn: expect.objectContaining({ status: 'failed' }),
      }),
    },
  },
  {
    row: '11',
    when: 'the source does not exist',
    reading: kustomization({
      conditions: [is('Ready', 'False', 'ArtifactFailed', 'not found')],
    }),
    source: { failure: 'missing' },
    expected: { status: 'failed', message: 'not found' },
  },
  {
    row: '11a',
    when: 'the artifact arrived and was not noticed yet',
    reading: kustomization({
      conditions: [
        is('Ready', 'False', 'ArtifactFailed', NOT_FOUND, {
          lastTransitionTime: ago(20),
        }),
      ],
    }),
    source: gitRepository({
      status: { artifact: { revision: REVISION, lastUpdateTime: ago(3) } },
    }),
    expected: {
      status: 'reconciling',
      message: NOT_FOUND,
      attributes: { behind: REVISION },
      recheckAt: after(57.001).toISOString(),
    },
  },
  {
    row: '12',
    when: 'the controller retries',
    reading: kustomization({
      conditions: [
        is('Ready', 'False', 'BuildFailed', 'kustomize build failed: x'),
        is('Reconciling', 'True', 'ProgressingWithRetry', 'retrying'),
      ],
    }),
    source: gitRepository(),
    expected: {
      status: 'failed',
      reason: 'BuildFailed',
      message: 'kustomize build failed: x',
      attributes: { retrying: true, retryInterval: '1m0s' },
      recheckAt: undefined,
    },
  },
  {
    row: '12',
    when: 'the path is missing although the source is fine',
    reading: kustomization({
      spec: { retryInterval: undefined },
      conditions: [
        is('Ready', 'False', 'ArtifactFailed', 'kustomization path not found'),
      ],
    }),
    source: gitRepository(),
    expected: {
      status: 'failed',
      attributes: { retrying: true, retryInterval: '10m0s' },
    },
  },
  {
    row: '12',
    when: 'nobody knows whether the source has an artifact',
    reading: kustomization({
      conditions: [is('Ready', 'False', 'ArtifactFailed', NOT_FOUND)],
    }),
    source: { failure: 'unreadable', message: 'timeout' },
    expected: { status: 'failed', message: NOT_FOUND },
  },
  ...['StorageOperationFailed', 'FetchFailed', 'IncludeUnavailable'].map(
    (type): Case => ({
      row: '12a',
      when: `a source is trying again after ${type}`,
      reading: gitRepository({
        conditions: [
          is('Ready', 'Unknown', 'Progressing', 'building artifact'),
          is('Reconciling', 'True', 'Progressing', 'building artifact'),
          is(type, 'True', 'TheReason', 'the words', {
            lastTransitionTime: ago(120),
          }),
        ],
        status: { artifact: undefined },
      }),
      expected: {
        status: 'failed',
        reason: 'TheReason',
        message: 'the words',
        since: ago(120),
        attributes: { retrying: true, stage: 'building artifact' },
      },
    }),
  ),
  {
    row: '13',
    when: 'a source is fetched and the old failure is about an older spec',
    reading: gitRepository({
      metadata: { generation: 2 },
      conditions: [
        is('Ready', 'Unknown', 'Progressing', 'building artifact', {
          observedGeneration: 2,
          lastTransitionTime: ago(1),
        }),
        is('FetchFailed', 'True', 'GitOperationFailed', 'old'),
      ],
    }),
    expected: {
      status: 'reconciling',
      attributes: { stage: 'building artifact' },
      recheckAt: after(119.001).toISOString(),
    },
  },
  {
    row: '13',
    when: 'it is at work within its limits',
    reading: kustomization({ conditions: progressing(180) }),
    source: gitRepository(),
    expected: {
      status: 'reconciling',
      revision: REVISION,
      attributes: { stage: `Running health checks for ${REVISION}` },
      recheckAt: after(0.001).toISOString(),
    },
  },
  {
    row: '13',
    when: 'it is at work for longer than timeout and grace',
    reading: kustomization({
      conditions: progressing(181, 'ProgressingWithRetry'),
    }),
    expected: {
      status: 'reconciling',
      attributes: expect.objectContaining({ overdue: true }),
      recheckAt: undefined,
    },
  },
  {
    row: '14',
    when: 'the controller itself does not know',
    reading: kustomization({
      conditions: [is('Ready', 'Unknown', 'Odd', 'odd words')],
    }),
    expected: { status: 'unknown', reason: 'Odd', message: 'odd words' },
  },
  {
    row: '15',
    when: 'a request was not picked up yet',
    reading: kustomization({
      metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': ago(60) } },
      status: { lastHandledReconcileAt: ago(900) },
    }),
    expected: {
      status: 'reconciling',
      since: ago(60),
      attributes: {
        requested: ago(60),
        previous: expect.objectContaining({ status: 'ready' }),
      },
      recheckAt: after(0.001).toISOString(),
    },
  },
  {
    row: '15',
    when: 'a request stays unheard',
    reading: kustomization({
      metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': ago(61) } },
    }),
    expected: {
      status: 'reconciling',
      attributes: expect.objectContaining({ overdue: true }),
      recheckAt: undefined,
    },
  },
  {
    row: '16',
    when: 'a source fetches again and keeps the good revision',
    reading: gitRepository({
      conditions: [
        is('Ready', 'True', 'Succeeded'),
        is('Reconciling', 'True', 'Progressing', 'building artifact', {
          lastTransitionTime: ago(2),
        }),
      ],
    }),
    expected: {
      status: 'reconciling',
      revision: REVISION,
      attributes: {
        stage: 'building artifact',
        previous: expect.objectContaining({ status: 'ready' }),
      },
    },
  },
  {
    row: '17',
    when: 'a new commit is there and not applied yet',
    reading: kustomization(),
    source: gitRepository({
      status: {
        artifact: { revision: NEXT_REVISION, lastUpdateTime: ago(60) },
      },
    }),
    expected: {
      status: 'reconciling',
      revision: REVISION,
      since: ago(60),
      attributes: {
        behind: NEXT_REVISION,
        previous: expect.objectContaining({ status: 'ready' }),
      },
      recheckAt: after(0.001).toISOString(),
    },
  },
  {
    row: '17',
    when: 'a new commit is there for more than a minute',
    reading: kustomization(),
    source: gitRepository({
      status: {
        artifact: { revision: NEXT_REVISION, lastUpdateTime: ago(61) },
      },
    }),
    expected: {
      status: 'reconciling',
      attributes: expect.objectContaining({ overdue: true }),
      recheckAt: undefined,
    },
  },
  {
    row: '18',
    when: 'no health check was asked for',
    reading: kustomization({ spec: { wait: false }, conditions: [READY] }),
    source: gitRepository(),
    expected: { status: 'ready', attributes: { healthUnchecked: 'unset' } },
  },
  ...[{ wait: true }, { wait: false, healthChecks: [{ kind: 'Job' }] }].map(
    (spec): Case => ({
      row: '18',
      when: `${JSON.stringify(spec)} found nothing to check`,
      reading: kustomization({ spec, conditions: [READY] }),
      source: gitRepository(),
      expected: {
        status: 'ready',
        attributes: { healthUnchecked: 'nothing-to-check' },
      },
    }),
  ),
  {
    row: '19',
    when: 'all is well',
    reading: kustomization(),
    source: gitRepository(),
    expected: {
      status: 'ready',
      reason: 'ReconciliationSucceeded',
      revision: REVISION,
      since: ago(600),
      attributes: {},
      recheckAt: undefined,
    },
  },
  {
    row: '19',
    when: 'a HelmRelease is released',
    reading: helmRelease(),
    expected: { status: 'ready', revision: '1.2.3', attributes: {} },
  },
  {
    row: '19',
    when: 'the environment runs but its source fails',
    reading: kustomization(),
    source: gitRepository({
      conditions: [is('Ready', 'False', 'GitOperationFailed', 'no such host')],
    }),
    expected: {
      status: 'ready',
      attributes: {
        frozen: true,
        waitingOn: {
          kind: 'GitRepository',
          name: 'shop-repo',
          namespace: 'project-shop',
          status: 'failed',
        },
      },
    },
  },
  {
    row: '19',
    when: 'the environment runs but its source is suspended',
    reading: kustomization(),
    source: gitRepository({ spec: { suspend: true } }),
    expected: {
      status: 'ready',
      attributes: {
        frozen: true,
        waitingOn: {
          kind: 'GitRepository',
          name: 'shop-repo',
          namespace: 'project-shop',
          status: 'suspended',
        },
      },
    },
  },
  {
    row: '18',
    when: 'the unchecked environment runs but its source is gone',
    reading: kustomization({ conditions: [READY] }),
    source: { failure: 'missing' },
    expected: {
      status: 'ready',
      attributes: expect.objectContaining({
        frozen: true,
        healthUnchecked: 'nothing-to-check',
      }),
    },
  },
];

describe('deriveState', () => {
  it.each(cases)(
    'row $row: $when',
    ({ row, reading, source, context, expected }) => {
      const state = deriveState(reading, source, NOW, context);
      expect(state).toMatchObject({ rule: row, status: expected.status });
      for (const [key, value] of Object.entries(expected)) {
        expect(state[key as keyof DerivedState]).toEqual(value);
      }
    },
  );

  it('tells when time alone changes the answer, to the millisecond', () => {
    const moving = cases.flatMap(({ reading, source, context }) => {
      const at = (time: Date) => deriveState(reading, source, time, context);
      const { recheckAt } = at(NOW);
      return recheckAt ? [{ at, change: new Date(recheckAt) }] : [];
    });
    expect(moving.length).toBeGreaterThan(8);
    for (const { at, change } of moving) {
      expect(at(new Date(change.getTime() - 1))).toEqual(at(NOW));
      expect(at(change)).not.toEqual(at(NOW));
    }
  });

  it('promises no change where only a new reading brings one', () => {
    for (const { reading, source, context } of cases) {
      const at = (time: Date) => deriveState(reading, source, time, context);
      let state = at(NOW);
      for (let steps = 0; state.recheckAt && steps < 5; steps += 1) {
        state = at(new Date(state.recheckAt));
      }
      expect(state.recheckAt).toBeUndefined();
      expect(at(after(1e7))).toEqual(state);
    }
  });

  it.each([
    ['the timeout of the spec', { timeout: '5m0s' }, 300],
    ['30 s where the spec says less', { timeout: '5s' }, 30],
    ['interval - 30 s', { timeout: undefined, interval: '10m' }, 570],
    ['30 s for a short interval', { timeout: undefined, interval: '20s' }, 30],
    ['a fraction of a minute', { timeout: '1m0.5s' }, 60.5],
  ])('gives a Kustomization %s and a minute of grace', (_, spec, seconds) => {
    const state = deriveState(
      kustomization({ spec, conditions: progressing(0) }),
      undefined,
      NOW,
    );
    expect(state.recheckAt).toBe(after(seconds + 60.001).toISOString());
  });

  it.each([
    ['GitRepository', gitRepository, 60],
    ['HelmRelease', helmRelease, 300],
  ])('knows the default timeout of a %s', (_, build, seconds) => {
    const state = deriveState(
      build({ spec: { timeout: undefined }, conditions: progressing(0) }),
      undefined,
      NOW,
    );
    expect(state.recheckAt).toBe(after(seconds + 60.001).toISOString());
  });

  describe('dependencies', () => {
    const waitingOn = (reading: Reading, objects: Record<string, Reading>) => {
      const { status, rule, attributes } = deriveState(
        reading,
        gitRepository(),
        NOW,
        { dependency: cluster(objects) },
      );
      expect(rule).toBe('9');
      return { status, on: attributes.waitingOn };
    };

    it('walks the chain to the object that has to move first', () => {
      expect(
        waitingOn(waitsFor('b'), {
          b: waitsFor('c', { name: 'b' }),
          c: waitsFor('d', { name: 'c' }),
          d: kustomization({
            metadata: { name: 'd' },
            conditions: progressing(5),
          }),
        }),
      ).toEqual({
        status: 'reconciling',
        on: {
          kind: 'Kustomization',
          name: 'd',
          namespace: 'project-shop',
          status: 'reconciling',
        },
      });
    });

    it.each<[string, Reading, string]>([
      ['missing', { failure: 'missing' }, 'missing'],
      [
        'suspended',
        kustomization({
          metadata: { name: 'b' },
          spec: { suspend: true },
          conditions: [],
        }),
        'suspended',
      ],
      ['unreadable', { failure: 'unreadable', message: 'x' }, 'unknown'],
      [
        'behind',
        kustomization({
          metadata: { name: 'b' },
          status: { lastAppliedRevision: NEXT_REVISION },
        }),
        'reconciling',
      ],
    ])('waits for one that is %s', (_, reading, status) => {
      expect(waitingOn(waitsFor('b'), { b: reading })).toMatchObject({
        status: 'reconciling',
        on: { name: 'b', status },
      });
    });

    it('looks past the named one where another is not ready by now', () => {
      const waiting = waitsFor('b');
      waiting.spec!.dependsOn = [{ name: 'b' }, { name: 'c', namespace: 'x' }];
      const ready = kustomization({ metadata: { name: 'b' } });
      expect(
        waitingOn(waiting, { b: ready, c: { failure: 'missing' } }).on,
      ).toMatchObject({ name: 'c', namespace: 'x', status: 'missing' });
      expect(waitingOn(waiting, { b: ready }).on).toMatchObject({
        name: 'b',
        status: 'ready',
      });
    });

    it('names what it can without a look-up', () => {
      expect(
        deriveState(waitsFor('b'), undefined, NOW).attributes.waitingOn,
      ).toMatchObject({ name: 'b', status: 'unknown' });
      const silent = waitsFor('b');
      silent.spec!.dependsOn = [];
      silent.status!.conditions![0].message = 'readyExpr evaluated to false';
      expect(deriveState(silent, undefined, NOW)).toMatchObject({
        status: 'reconciling',
        attributes: {},
      });
    });

    it('calls a cycle failed, also one on itself and one it only leads to', () => {
      const self = waitsFor('shop-staging');
      expect(waitingOn(self, { 'shop-staging': self })).toMatchObject({
        status: 'failed',
        on: { name: 'shop-staging', cycle: true },
      });

      const [a, b, c] = ['a', 'b', 'c'].map((name, index, names) =>
        waitsFor(names[(index + 1) % 3], { name }),
      );
      expect(waitingOn(a, { a, b, c })).toMatchObject({
        status: 'failed',
        on: { name: 'b', status: 'failed', cycle: true },
      });
      expect(waitingOn(waitsFor('a'), { a, b, c })).toMatchObject({
        status: 'reconciling',
        on: { name: 'a', status: 'failed', cycle: true },
      });
    });

    it('does not see a cycle that a Ready member opens', () => {
      const a = waitsFor('b', { name: 'a' });
      const b = kustomization({
        metadata: { name: 'b' },
        spec: { dependsOn: [{ name: 'a' }] },
      });
      expect(waitingOn(a, { a, b })).toMatchObject({
        status: 'reconciling',
        on: { name: 'b', status: 'ready' },
      });
    });
  });

  describe('does not fall into the traps of other tools', () => {
    it('1: days of failing on a new spec are Failed, not in progress; Stalled shows', () => {
      const failing = {
        metadata: { generation: 7 },
        status: { observedGeneration: 3 },
      };
      const condition = (type: string, status: string, reason: string) =>
        is(type, status, reason, 'x', { observedGeneration: 7 });
      expect(
        deriveState(
          kustomization({
            ...failing,
            conditions: [
              condition('Ready', 'False', 'BuildFailed'),
              condition('Reconciling', 'True', 'ProgressingWithRetry'),
            ],
          }),
          undefined,
          NOW,
        ).status,
      ).toBe('failed');
      expect(
        deriveState(
          kustomization({
            ...failing,
            conditions: [
              condition('Ready', 'False', 'FeatureGateDisabled'),
              condition('Stalled', 'True', 'FeatureGateDisabled'),
            ],
          }),
          undefined,
          NOW,
        ).status,
      ).toBe('stalled');
    });

    it('2: ProgressingWithRetry beside a failure is a failure that is retried', () => {
      expect(
        deriveState(
          kustomization({
            conditions: [
              is('Ready', 'False', 'HealthCheckFailed', 'timeout'),
              is('Reconciling', 'True', 'ProgressingWithRetry', 'retry'),
            ],
          }),
          undefined,
          NOW,
        ),
      ).toMatchObject({ status: 'failed', attributes: { retrying: true } });
    });

    it('3: Stalled and Ready about an older spec say nothing about this one', () => {
      for (const conditions of [
        [READY],
        [is('Ready', 'False', 'AccessDenied'), is('Stalled', 'True', 'x')],
      ]) {
        expect(
          deriveState(
            kustomization({ metadata: { generation: 2 }, conditions }),
            undefined,
            NOW,
          ),
        ).toMatchObject({ rule: '8', status: 'reconciling' });
      }
    });

    it('4: a scheduled run is told apart from one that brings a change', () => {
      const run = (artifact: string) =>
        deriveState(
          kustomization({ conditions: progressing(1) }),
          gitRepository({ status: { artifact: { revision: artifact } } }),
          NOW,
        );
      // By row, revision and time, whoever shows it can wait for its outcome.
      expect(run(REVISION)).toMatchObject({
        rule: '13',
        revision: REVISION,
        since: ago(1),
      });
      expect(run(REVISION).attributes.behind).toBeUndefined();
      expect(run(NEXT_REVISION).attributes.behind).toBe(NEXT_REVISION);
    });

    it('5: a token that was handled is no success by itself', () => {
      const handled = (parts: Parameters<typeof kustomization>[0]) =>
        deriveState(
          kustomization({
            ...parts,
            metadata: {
              annotations: { 'reconcile.fluxcd.io/requestedAt': ago(9) },
            },
            status: { lastHandledReconcileAt: ago(9) },
          }),
          gitRepository(),
          NOW,
        ).status;
      expect(handled({})).toBe('ready');
      expect(handled({ spec: { suspend: true } })).toBe('suspended');
      expect(
        handled({ conditions: [is('Ready', 'False', 'BuildFailed')] }),
      ).toBe('failed');
      expect(handled({ conditions: progressing(1) })).toBe('reconciling');
    });

    it('7: deleting a suspended Kustomization prunes nothing', () => {
      expect(deletionOrphans(kustomization({ spec: { suspend: true } }))).toBe(
        'suspended',
      );
      expect(
        deletionOrphans(
          kustomization({ spec: { suspend: true, deletionPolicy: 'Delete' } }),
        ),
      ).toBe('suspended');
      expect(deletionOrphans(kustomization())).toBeUndefined();
      expect(deletionOrphans(kustomization({ spec: { prune: false } }))).toBe(
        'policy',
      );
      expect(
        deletionOrphans(kustomization({ spec: { deletionPolicy: 'Orphan' } })),
      ).toBe('policy');
      expect(
        deletionOrphans(
          kustomization({
            spec: { prune: false, deletionPolicy: 'WaitForTermination' },
          }),
        ),
      ).toBeUndefined();
      expect(deletionOrphans(gitRepository())).toBeUndefined();
    });

    it('6: a suspended source that never tried its spec is not Ready', () => {
      expect(
        deriveState(
          gitRepository({
            metadata: { generation: 4 },
            spec: { suspend: true },
            status: { observedGeneration: 4 },
            conditions: [
              is('Ready', 'True', 'Succeeded', 'x', { observedGeneration: 4 }),
            ],
          }),
          undefined,
          NOW,
        ).status,
      ).toBe('suspended');
    });

    it('8: no status is not a failure, and no health check is not health', () => {
      expect(
        deriveState(
          {
            apiVersion: 'notification.toolkit.fluxcd.io/v1beta3',
            kind: 'Alert',
            metadata: { name: 'alerts' },
          },
          undefined,
          NOW,
        ).status,
      ).toBe('ready');
      expect(
        deriveState(kustomization({ conditions: [READY] }), undefined, NOW)
          .attributes.healthUnchecked,
      ).toBeDefined();
    });
  });

  it('never calls anything ready whose Ready is not a fresh True', () => {
    const statuses = ['True', 'False', 'Unknown', 'true', '', undefined];
    const reasons = ['Progressing', 'ArtifactFailed', 'Succeeded', 'Other'];
    const others = [
      [],
      [HEALTHY],
      [is('Reconciling', 'True', 'Progressing')],
      [is('Stalled', 'True', 'Other')],
      [is('FetchFailed', 'True', 'Other')],
    ];
    const ready: unknown[] = [];
    for (const build of [kustomization, gitRepository, helmRelease]) {
      for (const status of statuses) {
        for (const reason of reasons) {
          for (const other of others) {
            for (const generation of [1, 2]) {
              for (const suspend of [false, true]) {
                for (const source of [undefined, gitRepository()]) {
                  const state = deriveState(
                    build({
                      metadata: { generation },
                      spec: { suspend },
                      conditions:
                        status === undefined
                          ? other
                          : [is('Ready', status, reason), ...other],
                    }),
                    source,
                    NOW,
                  );
                  if (state.status === 'ready') {
                    ready.push([status, generation, suspend]);
                  }
                }
              }
            }
          }
        }
      }
    }
    expect(new Set(ready.map(String))).toEqual(new Set(['True,1,false']));
  });

  it('falls back to status.observedGeneration for conditions without one', () => {
    const bare = { ...READY, observedGeneration: undefined };
    const at = (generation: number) =>
      deriveState(
        kustomization({
          metadata: { generation },
          conditions: [bare, HEALTHY],
        }),
        undefined,
        NOW,
      ).status;
    expect(at(1)).toBe('ready');
    expect(at(2)).toBe('reconciling');
  });

  it('keeps credentials out of every text', () => {
    const secret = 'https://bot:s3cr3t@git.example.com/x.git';
    const json = [
      gitRepository({
        conditions: [
          is('Ready', 'Unknown', 'Progressing', secret),
          is('Reconciling', 'True', 'Progressing', secret),
          is('FetchFailed', 'True', 'GitOperationFailed', secret),
        ],
      }),
      gitRepository({
        spec: { suspend: true },
        conditions: [is('Ready', 'False', 'GitOperationFailed', secret)],
      }),
    ].map(reading => JSON.stringify(deriveState(reading, undefined, NOW)));
    for (const text of json) {
      expect(text).toContain('https://***@git.example.com/x.git');
      expect(text).not.toContain('s3cr3t');
    }
  });
});
