import type {
  Diagnosis,
  ResourceStatus,
  StepStatus,
} from '@backstage-gitops/plugin-gitops-common';

/** What `./dev demo --json` prints. */
export interface DemoResult {
  ok: boolean;
  project: string;
  steps: {
    step: string;
    displayName: string;
    sequence: number;
    status: StepStatus;
    progress: number;
    durationMs?: number;
  }[];
  environments: {
    name: string;
    cluster: string;
    namespace: string;
    state: ResourceStatus;
    revision?: string;
  }[];
  gitopsResources: {
    type: string;
    name: string;
    namespace: string;
    environment: string | null;
    repository: string | null;
    status: ResourceStatus;
  }[];
  /** From the task's creation to the end of set-up; from there to all Ready. */
  elapsedMs: { initialized?: number; ready?: number };
  logWarnings: number;
  /** What was expected and did not come true. */
  problems: string[];
  /** Of every environment and source that is not Ready. */
  diagnoses: ({ object: string } & Pick<
    Diagnosis,
    'id' | 'cause' | 'nextStep' | 'message'
  >)[];
}
