import { ObjectStore } from '../ObjectStore';
import { Controller } from './Controller';
import { DaemonSetController } from './DaemonSetController';
import { DeploymentController } from './DeploymentController';
import { JobController } from './JobController';
import { PodController } from './PodController';
import { ReplicaSetController } from './ReplicaSetController';
import { StatefulSetController } from './StatefulSetController';
import { VolumeClaimController } from './VolumeClaimController';

/** Controllers that make workloads ready (or not) the way a cluster with one node does. */
export function workloadControllers(
  store: ObjectStore,
  options: { podReadyMs: number },
): Controller[] {
  return [
    new DeploymentController(store),
    new ReplicaSetController(store),
    new StatefulSetController(store),
    new DaemonSetController(store),
    new JobController(store),
    new PodController(store, options.podReadyMs),
    new VolumeClaimController(store),
  ];
}
