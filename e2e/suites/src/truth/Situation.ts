import type {
  Diagnosis,
  ResourceStatus,
  StateAttributes,
} from '@backstage-gitops/plugin-gitops-common';
import type { Moment, Stage } from './Stage';

/** What a person has to be told, written by hand. */
export interface Expectation {
  status: ResourceStatus;
  /** Row of the state table. */
  rule: string;
  attributes?: StateAttributes;
  /** The controller's own words. */
  message?: RegExp;
  /** Absent where nothing is wrong. */
  diagnosis?: {
    id: string;
    subject: Diagnosis['subject'];
    cause: RegExp;
    nextStep: RegExp;
    final?: boolean;
  };
}

/** One row of the truth table. */
export interface Situation {
  /** DNS label: namespace, repository and recording are named after it. */
  name: string;
  /** What was done, in words. */
  title: string;
  /**
   * For situations without controllers: what they are to have done before they
   * are stopped. `force` runs after that.
   */
  beforeControllersStop?(stage: Stage): Promise<void>;
  /** Brings it about on real controllers and reads what they say. */
  force(stage: Stage): Promise<Moment>;
  /** From the names of the stage, since words and subjects carry them. */
  expected(stage: Stage): Expectation;
  /**
   * States that the object must not have been shown in on the way, in any moment
   * of it. Where nothing is given: never `ready`, unless that is the end.
   */
  never?: ResourceStatus[];
}
