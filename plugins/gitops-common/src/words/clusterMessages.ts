/** Why the portal does not hear from a cluster, in English. @public */
export const clusterMessages = {} as const satisfies Record<string, string>;
