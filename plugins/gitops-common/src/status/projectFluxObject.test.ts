import { deriveState } from './deriveState';
import { projectFluxObject } from './projectFluxObject';
import {
  ago,
  gitRepository,
  is,
  kustomization,
  NOW,
  REVISION,
} from './__testUtils__/objects';

const live = () => ({
  ...kustomization({
    metadata: {
      uid: '6a0f61cc-7b61-4a4a-9e60-9b7c3ad6f6ab',
      resourceVersion: '123456789',
      labels: {
        'backstage-gitops.dev/project': 'shop',
        'backstage-gitops.dev/environment': 'staging',
        'app.kubernetes.io/managed-by': 'backstage-gitops',
        'company.example/cost-centre': '4711',
      },
      annotations: {
        'reconcile.fluxcd.io/requestedAt': ago(900),
        'kubectl.kubernetes.io/last-applied-configuration': 'x'.repeat(2000),
      },
      managedFields: [
        { time: ago(86_400) },
        { time: ago(900) },
        { time: ago(5), subresource: 'status' },
      ],
    },
    status: { lastHandledReconcileAt: ago(900) },
  }),
});

describe('projectFluxObject', () => {
  it('keeps a typical Kustomization with 50 applied objects within 1.5 KB', () => {
    const object = live();
    Object.assign(object.status!, {
      inventory: {
        entries: Array.from({ length: 50 }, (_, index) => ({
          id: `project-shop-staging_shop-${index}_apps_Deployment`,
          v: 'v1',
        })),
      },
      history: [{ digest: 'sha256:1', totalReconciliations: 3 }],
    });

    const projected = projectFluxObject(object);

    expect(JSON.stringify(projected).length).toBeLessThanOrEqual(1.5 * 1024);
    expect(projected.status).toMatchObject({
      inventoryCount: 50,
      lastAppliedRevision: REVISION,
      lastHandledReconcileAt: ago(900),
    });
    expect(projected.status).not.toHaveProperty('inventory');
    expect(projected.metadata.labels).not.toHaveProperty(
      'company.example/cost-centre',
    );
    expect(projected.metadata.annotations).toEqual({
      'reconcile.fluxcd.io/requestedAt': ago(900),
    });
    expect(projected.metadata.managedFields).toEqual([
      { time: new Date(ago(900)).toISOString() },
    ]);
    expect(projectFluxObject(projected)).toEqual(projected);
  });

  it.each([
    ['a Kustomization', live()],
    [
      'a failing one',
      kustomization({ conditions: [is('Ready', 'False', 'X')] }),
    ],
    ['a changed one', kustomization({ metadata: { generation: 2 } })],
    ['a source', gitRepository()],
    [
      'one being deleted',
      gitRepository({ metadata: { deletionTimestamp: ago(9) } }),
    ],
  ])('leaves the state of %s as it is', (_, object) => {
    expect(
      deriveState(projectFluxObject(object), gitRepository(), NOW),
    ).toEqual(deriveState(object, gitRepository(), NOW));
  });

  it('takes kinds it does not know, and fields of another shape', () => {
    expect(
      projectFluxObject({
        apiVersion: 'example.com/v9',
        kind: 'Gadget',
        metadata: { name: 'one' },
        spec: { path: ['a'], url: 7, ref: 'main', interval: '1m', secret: 'x' },
        status: { conditions: 'none', artifact: 3 },
      }),
    ).toEqual({
      apiVersion: 'example.com/v9',
      kind: 'Gadget',
      metadata: { name: 'one' },
      spec: { interval: '1m' },
      status: {},
    });
  });

  it('leaves no credential in it', () => {
    const projected = projectFluxObject(
      gitRepository({
        spec: { url: 'https://bot:s3cr3t@git.example.com/acme/shop.git' },
        conditions: [
          is('Ready', 'False', 'X', 'GET https://bot:s3cr3t@git.example.com'),
        ],
      }),
    );
    expect(projected.spec?.url).toBe(
      'https://***@git.example.com/acme/shop.git',
    );
    expect(JSON.stringify(projected)).not.toContain('s3cr3t');
  });

  it.each([
    [undefined, "''"],
    [{ kind: 'Status' }, "'apiVersion'"],
    [{ apiVersion: 'v1', kind: 'X', metadata: {} }, "'metadata.name'"],
  ])('refuses what is no object: %j', (value, where) => {
    expect(() => projectFluxObject(value)).toThrow(where);
  });
});
