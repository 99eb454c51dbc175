const NOT_REACHED = "Cluster '{{cluster}}' cannot be reached: ";

/** Why the portal does not hear from a cluster. */
const sentences = {
  clusterUnread: 'The portal has not read this cluster completely yet',
  clusterSilent: 'The cluster has been silent for longer than it should be',
  clusterLost: 'Nothing has been heard from the cluster for a long time',
  clusterUnwatched: 'No replica of the portal watches the cluster at present',

  clusterNoBackend: `${NOT_REACHED}the portal's Kubernetes backend does not answer ({{said}}); check that the kubernetes plugin is installed and running`,
  clusterTokenRefused: `${NOT_REACHED}the Kubernetes backend refused the portal's own token ({{said}}); check the permission policy and 'backend.auth'`,
  clusterUnknown: `${NOT_REACHED}the Kubernetes backend does not know it ({{said}}); add it to 'kubernetes.clusterLocatorMethods'`,
  clusterNotItsServer: `${NOT_REACHED}something before its API server answered {{code}}; check the cluster's URL in the kubernetes configuration`,
  clusterUnreachable: `${NOT_REACHED}{{said}}; check that its API server runs and that its URL and credential in the kubernetes configuration are right`,

  clusterNoAnswer: "Cluster '{{cluster}}' did not answer for {{seconds}} s",
  clusterNoList:
    "Cluster '{{cluster}}' did not answer a list for {{seconds}} s",
  clusterWatchSilent: "Cluster '{{cluster}}' was silent for {{seconds}} s",
  clusterTooSlow:
    "Cluster '{{cluster}}' did not answer within {{seconds}} s ({{verb}} {{object}}); check its API server and the network between",

  clusterRefused:
    "Cannot {{verb}} {{object}} in cluster '{{cluster}}': {{said}}{{advice}}",
  clusterNotServed:
    "Cluster '{{cluster}}' does not serve {{kind}} of {{group}}; install {{missing}} in the cluster",
  clusterNotJson:
    "Cluster '{{cluster}}' answered with something that is not JSON; check its URL in the kubernetes configuration",
  clusterListStale:
    "Cluster '{{cluster}}' answered with a list of {{kind}} that is older than what it told before",
  clusterListMalformed: 'the list of {{kind}} is not one of objects',
  clusterWatchEnded: "Cluster '{{cluster}}' ended a watch of {{kind}} at once",
  clusterVersionOld: 'version too old',
  clusterLineEndless: 'a line of the watch has no end',
  clusterLineNotUtf8: 'a line of the watch is not UTF-8',
  clusterLineNotJson: 'a line of the watch is not JSON',
  clusterLineUnknown: 'a line of the watch is no known event',
} as const;

/** What some of them are made of. */
const parts = {
  clusterVerbApply: 'apply',
  clusterVerbList: 'list',
  clusterVerbChange: 'change',
  clusterVerbDelete: 'delete',
  clusterVerbRead: 'read',
  clusterVerbWatch: 'watch',
  clusterKinds: 'the kinds under {{path}}',
  clusterDefinition: 'its definition',
  clusterAnswered: 'the API server answered {{code}}',
  clusterEverywhere: ' in the whole cluster',

  clusterThenRenew:
    "; the API server refuses the portal's credential: renew it in the kubernetes configuration of the cluster",
  clusterThenGrant:
    "; grant '{{user}}' the verb '{{verb}}' on '{{resource}}' of API group '{{group}}'{{where}}",
  clusterThenPolicy:
    '; a policy of the cluster refused to {{verb}} it: follow the message or ask the platform team',
  clusterThenConflict:
    '; somebody else changed or owns it: try again, or remove the other writer',
  clusterThenWait: '; try again when the cluster has recovered',
} as const;

/** What is said of clusters, in English. @public */
export const clusterMessages = {
  ...sentences,
  ...parts,
} as const satisfies Record<string, string>;
