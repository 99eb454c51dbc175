export * from './api/credentials';
export * from './api/documents';
export * from './api/environments';
export * from './api/fleet';
export * from './api/requests';
export * from './model/enumerations';
export * from './model/steps';
export * from './names/fluxObjects';
export * from './names/names';
export * from './permissions';
export * from './status/deletion';
export * from './status/deriveState';
export * from './status/diagnose';
export * from './status/durations';
export * from './status/inventoryEntry';
export { isFluxObject } from './status/kinds';
export {
  commitOfRevision,
  refOfRevision,
  shortCommit,
} from './status/revisions';
export * from './status/objectHealth';
export * from './status/projectFluxObject';
export * from './status/stripCredentials';
export * from './status/types';
export {
  backendMessages,
  phrase,
  sayInEnglish,
  type SentenceId,
} from './words/english';
export * from './words/wording';
