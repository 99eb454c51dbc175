import { secretLocations } from '../../database/secretLocations';
import type {
  CredentialRotation,
  GitopsResource,
  Project,
  Repository,
} from '../../database/tables';
import type { RunLease } from '../../initialization/RunLease';
import {
  type CredentialTarget,
  credentialTarget,
} from '../kinds/CredentialTarget';
import type { RotationServices } from './RotationServices';

/** What a pass needs to know, read anew for each. @internal */
export interface Situation {
  rotation: CredentialRotation;
  project: Project;
  repository: Repository;
  sources: GitopsResource[];
  target: CredentialTarget;
}

/** @returns undefined when there is nothing to rotate any more */
export async function readSituation(
  services: RotationServices,
  lease: RunLease,
  rotationId: string,
): Promise<Situation | undefined> {
  const rotation = await services.credentialRotations.get(rotationId);
  const project = rotation && (await services.projects.get(rotation.projectId));
  const repository =
    project && (await services.repositories.getByProject(project.id));
  // A project on its way out takes its credentials along by itself.
  if (!rotation || !repository || project.deletionRequestedAt) {
    return undefined;
  }
  const provider = services.gitHosts.get(repository.host);
  return {
    rotation,
    project,
    repository,
    sources: (await services.resources.listByProject(project.id)).filter(
      ({ type }) => type === 'git-repository',
    ),
    target: await credentialTarget({
      project,
      userRef: rotation.startedBy ?? project.createdBy,
      provider,
      repository,
      hostToken:
        rotation.hostToken &&
        services.vault.open(
          rotation.hostToken,
          secretLocations.rotationHostToken(rotation.id),
        ),
      signal: lease.signal,
    }),
  };
}
