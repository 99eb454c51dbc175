export { ConnectionService } from './ConnectionService';
export { ConnectionTokens } from './ConnectionTokens';
export type { OpenConnection } from './ConnectionTokens';
export { createConnections } from './createConnections';
export type { Connections } from './createConnections';
export type { ConnectionUpkeep } from './ConnectionUpkeep';
export type { TokenChanges } from './TokenChanges';
