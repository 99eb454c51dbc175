/** A metric as it is named to OpenTelemetry, and told of in the documentation. */
export interface MetricDefinition {
  name: string;
  type: 'counter' | 'histogram' | 'gauge';
  description: string;
  unit?: string;
  /** Labels; each has a bounded number of values. */
  labels: readonly string[];
  advice?: { explicitBucketBoundaries: number[] };
}

/** Every metric of the plugin. @internal */
export const metricDefinitions = {
  events: {
    name: 'gitops.watch.events',
    type: 'counter',
    description: 'Events that watches of clusters have brought',
    labels: ['cluster', 'kind', 'type'],
  },
  lists: {
    name: 'gitops.watch.lists',
    type: 'counter',
    description: 'Complete lists of a kind that were read',
    labels: ['cluster', 'kind'],
  },
  reconnects: {
    name: 'gitops.watch.reconnects',
    type: 'counter',
    description: 'Lists and watches that failed and were begun again, by cause',
    labels: ['cluster', 'kind', 'reason'],
  },
  lag: {
    name: 'gitops.watch.lag',
    type: 'histogram',
    unit: 's',
    description:
      'Time from the arrival of an event to its commit in the database',
    labels: ['cluster', 'kind'],
    advice: {
      explicitBucketBoundaries: [
        0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
      ],
    },
  },
  age: {
    name: 'gitops.watch.age',
    type: 'gauge',
    unit: 's',
    description:
      'Time since the knowledge of a cluster was last known to be complete',
    labels: ['cluster'],
  },
  objects: {
    name: 'gitops.watch.objects',
    type: 'gauge',
    description: 'Objects of a cluster that this replica keeps in memory',
    labels: ['cluster'],
  },
  queue: {
    name: 'gitops.watch.queue',
    type: 'gauge',
    description: 'Objects that have changed and wait to be written',
    labels: ['cluster'],
  },
  takeOvers: {
    name: 'gitops.watch.leases',
    type: 'counter',
    description: 'Times that this replica began to watch a cluster',
    labels: ['cluster'],
  },
  rows: {
    name: 'gitops.rows.written',
    type: 'counter',
    description:
      'Rows that the status engine has written, by what they tell of',
    labels: ['cluster', 'row'],
  },
  clusters: {
    name: 'gitops.clusters',
    type: 'gauge',
    description: '1 for the state that the knowledge of a cluster is in',
    labels: ['cluster', 'state'],
  },
  environments: {
    name: 'gitops.environments',
    type: 'gauge',
    description: 'Environments by state and class',
    labels: ['state', 'environment_class'],
  },
  projects: {
    name: 'gitops.projects',
    type: 'gauge',
    description: 'Projects by status',
    labels: ['status'],
  },
  credentials: {
    name: 'gitops.credentials',
    type: 'gauge',
    description: 'Credentials of projects by the time until they expire',
    labels: ['expires'],
  },
  setUps: {
    name: 'gitops.setups',
    type: 'counter',
    description: 'Runs of a set-up that have ended, by outcome',
    labels: ['through', 'outcome'],
  },
  setUpDuration: {
    name: 'gitops.setup.duration',
    type: 'histogram',
    unit: 's',
    description: 'How long a run of a set-up took, by outcome',
    labels: ['through', 'outcome'],
    advice: {
      explicitBucketBoundaries: [1, 2.5, 5, 10, 15, 30, 60, 120, 300, 600],
    },
  },
} as const satisfies Record<string, MetricDefinition>;
