import {
  contextOf,
  readFixtures,
  type StatusFixture,
} from '@backstage-gitops/status-fixtures';
import { deriveState } from './deriveState';
import { diagnose } from './diagnose';
import { isFluxObject } from './kinds';
import { projectFluxObject } from './projectFluxObject';
import type { Reading } from './types';

const asItIs = (reading: Reading) => reading;
const asItIsKept = (reading: Reading) =>
  isFluxObject(reading) ? projectFluxObject(reading) : reading;

function judge(fixture: StatusFixture, project: (reading: Reading) => Reading) {
  const { events, judgedAt } = fixture;
  const object = project(fixture.object);
  const source = fixture.source && project(fixture.source);
  const now = new Date(judgedAt);
  const context = contextOf(fixture);
  const { status } = deriveState(object, source, now, context);
  const diagnosis = diagnose(object, source, events, now, context);
  return {
    status,
    diagnosis: diagnosis?.id ?? null,
    subject: diagnosis?.subject,
  };
}

describe('what real controllers said', () => {
  it.each([
    ['as it is in the cluster', asItIs],
    ['as the portal keeps it', asItIsKept],
  ])('is told rightly, %s', async (_, project) => {
    const told: Record<string, unknown> = {};
    const wanted: Record<string, unknown> = {};
    for (const [file, fixture] of await readFixtures()) {
      const { status, diagnosis, subject } = fixture.expected;
      const { subject: found, ...rest } = judge(fixture, project);
      told[file] = { ...rest, ...(subject && { subject: found }) };
      wanted[file] = { status, diagnosis, ...(subject && { subject }) };
    }
    expect(Object.keys(wanted)).not.toHaveLength(0);
    expect(told).toEqual(wanted);
  });
});
