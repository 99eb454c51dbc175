import { eventually } from './ContractClient';
import type { ContractContext } from './kubernetesContract';

const group = 'contract.backstage-gitops.dev';

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `widgets.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets', shortNames: ['wd'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                required: ['size'],
                properties: {
                  size: { type: 'integer', minimum: 1 },
                  color: {
                    type: 'string',
                    enum: ['red', 'blue'],
                    default: 'red',
                  },
                  parts: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                    items: {
                      type: 'object',
                      required: ['name'],
                      properties: {
                        name: { type: 'string' },
                        count: { type: 'integer' },
                      },
                    },
                  },
                },
              },
              status: {
                type: 'object',
                'x-kubernetes-preserve-unknown-fields': true,
              },
            },
          },
        },
      },
    ],
  },
};

/** Kinds that a CustomResourceDefinition adds. */
export function customResourceContract(context: ContractContext): void {
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const widgets = (rest = '') =>
    `/apis/${group}/v1/namespaces/${context.namespace}/widgets${rest}`;
  const widget = (name: string, spec: Record<string, unknown>) => ({
    apiVersion: `${group}/v1`,
    kind: 'Widget',
    metadata: { name },
    spec,
  });

  describe('custom resources', () => {
    beforeAll(async () => {
      const { client } = context;
      const created = await client.post(definitions, definition);
      expect(created.status).toBe(201);
      await eventually(async () => {
        expect((await client.get(widgets())).status).toBe(200);
      });
    });

    afterAll(async () => {
      const { client } = context;
      await client.delete(`${definitions}/widgets.${group}`);
      await eventually(async () => {
        expect((await client.get(widgets())).status).toBe(404);
      });
    });

    it('are discovered', async () => {
      const { client } = context;
      await eventually(async () => {
        const { body } = await client.get(`/apis/${group}/v1`);
        expect(
          body.resources.map(({ name }: { name: string }) => name),
        ).toEqual(expect.arrayContaining(['widgets', 'widgets/status']));
      });
      const stored = await client.get(`${definitions}/widgets.${group}`);
      expect(stored.body.status.conditions).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ type: 'Established', status: 'True' }),
        ]),
      );
    });

    it('get defaults, lose unknown fields, and are validated', async () => {
      const { client } = context;
      const created = await client.post(
        widgets(),
        widget('one', { size: 1, unknown: true }),
      );
      expect(created.status).toBe(201);
      expect(created.body.spec).toEqual({ size: 1, color: 'red' });
      expect(created.headers.get('warning')).toContain('spec.unknown');
      const strict = await client.post(
        widgets(),
        widget('strict', { size: 1, unknown: true }),
        { query: { fieldValidation: 'Strict' } },
      );
      expect(strict.status).toBe(400);
      expect(strict.body.message).toContain('unknown field "spec.unknown"');

      const missing = await client.post(widgets(), widget('two', {}));
      expect(missing.body).toMatchObject({
        code: 422,
        message: `Widget.${group} "two" is invalid: spec.size: Required value`,
        details: { group, kind: 'Widget', name: 'two' },
      });
      const color = await client.post(
        widgets(),
        widget('two', { size: 1, color: 'green' }),
      );
      expect(color.body.message).toBe(
        `Widget.${group} "two" is invalid: spec.color: Unsupported value: "green": supported values: "red", "blue"`,
      );
      const small = await client.post(widgets(), widget('two', { size: 0 }));
      expect(small.body.message).toContain(
        'spec.size in body should be greater than or equal to 1',
      );
      const type = await client.post(widgets(), widget('two', { size: 'x' }));
      expect(type.status).toBe(422);
      expect(type.body.message).toContain(
        'spec.size in body must be of type integer',
      );
    });

    it('have generations and a status of their own', async () => {
      const { client } = context;
      const created = await client.post(widgets(), {
        ...widget('staged', { size: 1 }),
        status: { phase: 'Ready' },
      });
      expect(created.body.status).toBeUndefined();
      expect(created.body.metadata.generation).toBe(1);
      const status = await client.mergePatch(widgets('/staged/status'), {
        status: { phase: 'Ready' },
        spec: { size: 5 },
      });
      expect(status.body.status).toEqual({ phase: 'Ready' });
      expect(status.body.spec.size).toBe(1);
      expect(status.body.metadata.generation).toBe(1);
      const grown = await client.mergePatch(widgets('/staged'), {
        spec: { size: 2 },
      });
      expect(grown.body.metadata.generation).toBe(2);
      expect(grown.body.status).toEqual({ phase: 'Ready' });

      const blind = await client.put(
        widgets('/staged'),
        widget('staged', { size: 3 }),
      );
      expect(blind.status).toBe(422);
      expect(blind.body.message).toContain('must be specified for an update');
    });

    it('merge lists by the keys their schema names', async () => {
      const { client } = context;
      await client.apply(
        widgets('/merged'),
        widget('merged', { size: 1, parts: [{ name: 'a', count: 1 }] }),
        'one',
      );
      const second = await client.apply(
        widgets('/merged'),
        {
          apiVersion: `${group}/v1`,
          kind: 'Widget',
          metadata: { name: 'merged' },
          spec: { parts: [{ name: 'b', count: 2 }] },
        },
        'two',
      );
      expect(second.body.spec.parts).toEqual([
        { name: 'a', count: 1 },
        { name: 'b', count: 2 },
      ]);
      const conflicting = await client.apply(
        widgets('/merged'),
        {
          apiVersion: `${group}/v1`,
          kind: 'Widget',
          metadata: { name: 'merged' },
          spec: { parts: [{ name: 'a', count: 9 }] },
        },
        'two',
      );
      expect(conflicting.body.message).toBe(
        'Apply failed with 1 conflict: conflict with "one": .spec.parts[name="a"].count',
      );
      const strategic = await client.request('PATCH', widgets('/merged'), {
        contentType: 'application/strategic-merge-patch+json',
        body: {},
      });
      expect(strategic.status).toBe(415);
    });
  });
}
