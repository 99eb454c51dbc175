// What the sandbox promises, as suites that any other subject can be held to
// alike. They call the test runner's globals: for tests only.
export { fluxContract } from './flux/contract/fluxContract';
export type { FluxSubject } from './flux/contract/fluxContract';
export { gitHostContract } from './git/contract/gitHostContract';
export type { GitHostSubject } from './git/contract/gitHostContract';
export { forgettingContract } from './kubernetes/contract/forgettingContract';
export { kubernetesContract } from './kubernetes/contract/kubernetesContract';
export type { KubernetesSubject } from './kubernetes/contract/kubernetesContract';
