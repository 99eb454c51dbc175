export { FluxEnvironmentActions } from './FluxEnvironmentActions';
export { StatusEngine } from './StatusEngine';
