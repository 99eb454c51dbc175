export * from './GitopsService';
export { GitopsStreamError } from './GitopsStreamError';
export { gitopsServiceRef } from './gitopsServiceRef';
