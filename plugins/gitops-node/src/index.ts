export * from './clusters/ClusterConnection';
export * from './git-hosts/GitHostProvider';
