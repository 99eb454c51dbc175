/** English words of the environment picker in template forms. */
export const environmentPickerMessages = {
  title: 'Environments',
  item: 'Environment {{position}}: {{name}}',
  unnamed: 'no name yet',
  name: 'Name',
  nameDescription: 'Lower case letters, digits and hyphens.',
  cluster: 'Cluster',
  defaultCluster: 'Default cluster',
  clusterUnusable: '{{cluster}} (not reachable)',
  more: 'More about {{environment}}',
  less: 'Less about {{environment}}',
  type: 'Type',
  typeByName: 'As its name says',
  types: {
    development: 'Development',
    staging: 'Staging',
    production: 'Production',
    custom: 'Custom',
  },
  approvals: 'Approvals before a change',
  approvalsDescription:
    'Recorded with the environment, for everyone to see. What enforces them is the branch protection of your Git host.',
  approvalsNone: 'None needed',
  approvalsSome_one: '{{count}} approval',
  approvalsSome_other: '{{count}} approvals',
  add: 'Add an environment',
  remove: 'Remove {{environment}}',
  clustersUnread:
    'The clusters could not be read; the default cluster is used.',
  problem: {
    none: 'Add an environment: a project needs at least one.',
    nameMissing: 'Give environment {{position}} a name.',
    nameInvalid:
      "The environment name '{{name}}' is not possible: use lower case letters, digits and single hyphens, beginning with a letter and ending with a letter or digit.",
    nameTwice: "The environment name '{{name}}' is given twice.",
    nameTooLong:
      "The environment name '{{name}}' is too long for this project: Kubernetes allows 63 characters for a namespace, which is project-<project>-<environment>.",
    clusterUnknown:
      "This portal knows no cluster '{{cluster}}': choose another one.",
  },
} as const;

/** English words by which the repository picker knows connections. */
export const repositoryConnectionMessages = {
  use: 'Let Flux read it with my connection',
  useDescription:
    'As {{account}}, with all that your token may do. Without it, Flux gets a key that reads this repository alone.',
  broken: 'Your connection to {{host}} does not work any more',
  brokenAction: 'Reconnect',
  none: 'The portal creates it with its own rights, since you are not connected to {{host}}.',
  noneAction: 'Connect',
} as const;
