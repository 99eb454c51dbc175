import { ResourceKind } from '../ResourceKind';

const verbs = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

/** Groups whose resources exist without objects behind them. */
const reviewResources = [
  { name: 'selfsubjectaccessreviews', kind: 'SelfSubjectAccessReview' },
  { name: 'subjectaccessreviews', kind: 'SubjectAccessReview' },
];
const reviewGroup = 'authorization.k8s.io';

/** `v2` before `v2beta1`, higher before lower. */
function compareVersions(left: string, right: string): number {
  const rank = (version: string) => {
    const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
    if (!match) return -1;
    const stage = { alpha: 1, beta: 2 }[match[2] as 'alpha' | 'beta'] ?? 3;
    return stage * 1e6 + Number(match[1]) * 1e3 + Number(match[3] ?? 0);
  };
  return rank(right) - rank(left) || left.localeCompare(right);
}

function groupDocument(group: string, served: ResourceKind[]) {
  const versions =
    group === reviewGroup
      ? ['v1']
      : [
          ...new Set(
            served
              .filter(kind => kind.group === group)
              .map(kind => kind.version),
          ),
        ].sort(compareVersions);
  const entries = versions.map(version => ({
    groupVersion: `${group}/${version}`,
    version,
  }));
  return { name: group, versions: entries, preferredVersion: entries[0] };
}

/** `/api`. */
export function coreVersions() {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [],
  };
}

/** `/apis`. */
export function groupList(served: ResourceKind[]) {
  const groups = new Set(
    [...served.map(kind => kind.group), reviewGroup].filter(Boolean),
  );
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: [...groups].map(group => groupDocument(group, served)),
  };
}

/** `/apis/<group>`, undefined for a group that is not served. */
export function groupOf(group: string, served: ResourceKind[]) {
  const document = groupDocument(group, served);
  return document.versions.length === 0
    ? undefined
    : { kind: 'APIGroup', apiVersion: 'v1', ...document };
}

/** `/api/v1` and `/apis/<group>/<version>`, undefined for a version that is not served. */
export function resourceList(
  group: string,
  version: string,
  served: ResourceKind[],
) {
  const found = served.filter(
    kind => kind.group === group && kind.version === version,
  );
  const reviews =
    group === reviewGroup && version === 'v1' ? reviewResources : [];
  if (found.length === 0 && reviews.length === 0) {
    return undefined;
  }
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group ? `${group}/${version}` : version,
    resources: [
      ...found.flatMap(resourceDocuments),
      ...reviews.map(({ name, kind }) => ({
        name,
        singularName: kind.toLowerCase(),
        namespaced: false,
        kind,
        verbs: ['create'],
      })),
    ],
  };
}

function resourceDocuments(kind: ResourceKind) {
  const { namespaced } = kind;
  return [
    {
      name: kind.plural,
      singularName: kind.singular,
      namespaced,
      kind: kind.kind,
      verbs:
        kind.kind === 'Namespace' && kind.group === ''
          ? verbs.filter(verb => verb !== 'deletecollection')
          : verbs,
      ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
      ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
    },
    ...(kind.statusSubresource
      ? [
          {
            name: `${kind.plural}/status`,
            singularName: '',
            namespaced,
            kind: kind.kind,
            verbs: ['get', 'patch', 'update'],
          },
        ]
      : []),
    ...(kind.kind === 'Namespace' && kind.group === ''
      ? [
          {
            name: 'namespaces/finalize',
            singularName: '',
            namespaced,
            kind: kind.kind,
            verbs: ['update'],
          },
        ]
      : []),
  ];
}
