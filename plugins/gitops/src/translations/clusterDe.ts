/** Why the portal does not hear from a cluster, in German. */
export const clusterDe = {} as const;
