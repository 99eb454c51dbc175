import type { StepStatus } from './enumerations';
import {
  initializationProgress,
  INITIALIZATION_STEPS,
  stepNameSchema,
} from './steps';

const run = (statuses: StepStatus[]) =>
  initializationProgress(
    statuses.map((status, index) => ({
      step: INITIALIZATION_STEPS[index].step,
      status,
    })),
  );

describe('set-up steps', () => {
  it('are seven in order, with weights that make 105', () => {
    expect(INITIALIZATION_STEPS.map(({ step }) => step)).toEqual(
      stepNameSchema.options,
    );
    expect(INITIALIZATION_STEPS.map(({ sequence }) => sequence)).toEqual([
      1, 2, 3, 4, 5, 6, 7,
    ]);
    expect(INITIALIZATION_STEPS.map(({ weight }) => weight)).toEqual([
      5, 15, 25, 10, 15, 30, 5,
    ]);
  });

  it('move the progress by their weight once they are finished', () => {
    const progress = INITIALIZATION_STEPS.map((_, index) =>
      run(Array(index + 1).fill('completed')),
    );
    expect([run([]), ...progress]).toEqual([0, 4, 19, 42, 52, 66, 95, 100]);
  });

  it('count nothing that is not finished', () => {
    expect(run(['completed', 'running'])).toBe(4);
    expect(run(['completed', 'failed', 'pending'])).toBe(4);
    expect(run(['completed', 'skipped'])).toBe(19);
    expect(run([...Array(6).fill('completed'), 'running'])).toBeLessThan(100);
  });

  it('count once, and only what is a step', () => {
    expect(
      initializationProgress([
        { step: 'resolve_credentials', status: 'completed' },
        { step: 'resolve_credentials', status: 'completed' },
        { step: 'something_else', status: 'completed' },
      ]),
    ).toBe(4);
  });
});
