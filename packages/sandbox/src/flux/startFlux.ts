import { join } from 'node:path';
import { ObjectStore } from '../kubernetes/ObjectStore';
import { KustomizationController } from './kustomize/KustomizationController';
import { ArtifactStorage } from './source/ArtifactStorage';
import { GitRepositoryController } from './source/GitRepositoryController';

/** Options of {@link startFlux}. */
export interface StartFluxOptions {
  /** The cluster to work in; it serves Flux's two kinds. */
  store: ObjectStore;
  /** Artifacts and fetched commits are kept here. */
  dataDir: string;
  /** Told of mistakes of the controllers themselves; what is wrong with an object stands in its status. */
  onError: (message: string) => void;
}

/** Controllers at work. */
export interface RunningFlux {
  /** No work and no timer is left when this resolves. */
  stop(): Promise<void>;
}

/**
 * Starts controllers that behave like Flux's source-controller and
 * kustomize-controller 1.9.5 for GitRepository and Kustomization.
 */
export function startFlux(options: StartFluxOptions): RunningFlux {
  const { store, dataDir, onError } = options;
  const sourceKind = store.resolve(
    'source.toolkit.fluxcd.io/v1',
    'GitRepository',
  );
  const kind = store.resolve('kustomize.toolkit.fluxcd.io/v1', 'Kustomization');
  if (!sourceKind || !kind) {
    throw new Error('the cluster does not serve the kinds of Flux');
  }
  const storage = new ArtifactStorage(join(dataDir, 'artifacts'));
  const sources = new GitRepositoryController({
    store,
    kind: sourceKind,
    storage,
    cacheDir: join(dataDir, 'fetched'),
    onError,
  });
  const kustomizations = new KustomizationController({
    store,
    kind,
    sourceKind,
    storage,
    onError,
  });
  return {
    stop: async () => {
      await Promise.all([sources.stop(), kustomizations.stop()]);
    },
  };
}
