import {
  INITIALIZATION_STEPS,
  type StepName,
} from '@backstage-gitops/plugin-gitops-common';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serviceValues } from '../demo/runMainJob';
import { endState } from './__testUtils__/endState';
import { eventually } from '../testbench/eventually';
import { FlowBench } from '../testbench/FlowBench';
import type { Passage } from '../testbench/Gate';
import { repositoryNames } from '../testbench/sandboxObjects';

jest.setTimeout(300_000);

const STEPS = INITIALIZATION_STEPS.map(({ step }) => step);
/** The set-up that is cut off after a step bears the step's name. */
const slugOf = (step: StepName) => `after-${step.replaceAll('_', '-')}`;

// Between two actions a task waits for the plugin for minutes; Git hosts and API
// servers have half a minute to answer, so those that wait for them come last.
const START_ORDER: StepName[][] = [
  ['push_template', 'create_records', 'create_environments', 'finish'],
  ['setup_gitops'],
  ['create_repository'],
  ['resolve_credentials'],
];

let bench: FlowBench;

const runTemplate = (slug: string) =>
  bench.client.createTask('gitops-service', serviceValues(bench.backing, slug));

/** The step is done, and the next one is not. */
function stoodStill(step: StepName): boolean {
  const done = bench.rows
    .steps(slugOf(step))
    .filter(line => line.endsWith(' completed')).length;
  return done === STEPS.indexOf(step) + 1;
}

beforeAll(async () => {
  bench = await FlowBench.start();
  await bench.client.waitForTask(await runTemplate('undisturbed'), {
    limitMs: 60_000,
  });
});

afterAll(async () => {
  await bench?.stop();
});

describe('a portal that is killed in the middle of set-ups', () => {
  const tasks = new Map<StepName, string>();

  it('leaves each of them after another step', async () => {
    const held = new Set<StepName>();
    const hold = ({ url }: Passage) => {
      const step = STEPS.find(name => url.includes(slugOf(name)));
      const holding = step !== undefined && stoodStill(step);
      if (holding) {
        held.add(step);
      }
      return holding;
    };
    for (const gate of Object.values(bench.gates)) {
      gate.holds = hold;
    }
    for (const group of START_ORDER) {
      for (const step of group) {
        tasks.set(step, await runTemplate(slugOf(step)));
      }
      await eventually(
        () => expect([...held]).toEqual(expect.arrayContaining(group)),
        60_000,
      );
    }
    await bench.portal.kill();
    expect(STEPS.filter(stoodStill)).toEqual(STEPS);
    for (const gate of Object.values(bench.gates)) {
      gate.holds = () => false;
    }
  });

  it('goes on with all of them when it is back', async () => {
    await bench.startPortal();
    for (const step of STEPS) {
      const outcome = await bench.client.waitForTask(tasks.get(step)!, {
        limitMs: 240_000,
      });
      expect([step, outcome.status, outcome.error]).toEqual([
        step,
        'completed',
        undefined,
      ]);
    }
  });

  it.each(STEPS)(
    'brings the one cut off after %s to the end of an undisturbed one',
    async step => {
      const undisturbed = await endState(bench, 'undisturbed');
      // Deployments are recorded a moment after Ready is seen.
      await eventually(async () =>
        expect(await endState(bench, slugOf(step))).toEqual(undisturbed),
      );
    },
  );

  it('leaves no duplicate and no orphan', async () => {
    expect(await repositoryNames(bench.backing.sandbox)).toEqual(
      [...STEPS.map(slugOf), 'undisturbed'].sort(),
    );
    const projects = bench.rows.select('select slug from projects');
    expect(projects).toHaveLength(STEPS.length + 1);
  });

  it('keeps no token of a run, and warns of nothing but the kill', async () => {
    expect(
      bench.rows.select(
        'select initialization_host_token as token from projects where initialization_host_token is not null',
      ),
    ).toEqual([]);
    const token = bench.backing.sandbox.git.admin.token;
    const folder = join(bench.folder, 'db');
    for (const file of await readdir(folder)) {
      expect([
        file,
        (await readFile(join(folder, file))).includes(token),
      ]).toEqual([file, false]);
    }
    expect(
      bench.portal.log
        .filter(({ level }) => level === 'error')
        .map(({ text }) => text),
    ).toEqual([]);
  });
});
