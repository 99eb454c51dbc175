import type { CredentialDocument } from '@backstage-gitops/plugin-gitops-common';
import { ago } from './projectDocument';

/** A deploy key that is valid, in two places, one of them changed by hand. */
export function credentialDocument(
  overrides: Partial<CredentialDocument> = {},
): CredentialDocument {
  return {
    id: 'c-1',
    authType: 'ssh',
    host: 'git.example.com',
    fingerprint: 'SHA256:abc',
    managed: true,
    validationStatus: 'valid',
    validationMessage: 'A read-only key is enough. Rotate it to get one.',
    lastValidatedAt: ago(300),
    lastUsedAt: ago(40),
    createdBy: 'user:default/anna',
    createdAt: ago(86_400),
    locations: [
      {
        cluster: 'main',
        namespace: 'project-shop',
        secretName: 'shop-git-auth',
        state: 'current',
        syncedAt: ago(50),
        feeds: ['shop-repo'],
      },
      {
        cluster: 'main',
        namespace: 'project-shop-staging',
        environment: 'staging',
        secretName: 'shop-git-auth',
        state: 'drifted',
        feeds: [],
      },
    ],
    ...overrides,
  };
}
