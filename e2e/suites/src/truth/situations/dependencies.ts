import type { Situation } from '../Situation';
import type { Stage } from '../Stage';
import { deployment, goodFiles } from '../manifests';
import { kustomizationSubject } from './common';

const BASE = 'base';

/** A Kustomization that waits for another one, once both have said so. */
async function waitingFor(
  stage: Stage,
  base: Record<string, unknown> | undefined,
  settled = true,
) {
  const { url } = await stage.repository(goodFiles());
  await stage.gitRepository({ url });
  await stage.settled('GitRepository');
  if (base) {
    await stage.kustomization(base, BASE);
    if (settled) {
      await stage.settled('Kustomization', { name: BASE });
    }
  }
  await stage.kustomization({ dependsOn: [{ name: BASE }] });
  await stage.settled('Kustomization');
  return stage.capture('Kustomization');
}

function waitingOn(stage: Stage, status: 'failed' | 'missing' | 'reconciling') {
  return { ...kustomizationSubject(stage, undefined, BASE), status };
}

const DEPENDENCY = /dependency '.+' (not found|is not ready)/;

/** Kustomizations that wait for others, in vain or not. */
export const dependencySituations: Situation[] = [
  {
    name: 'k25-dependency-fails',
    title: 'a dependency that fails',
    force: stage => waitingFor(stage, { path: './absent' }),
    expected: stage => ({
      status: 'reconciling',
      rule: '9',
      attributes: { waitingOn: waitingOn(stage, 'failed') },
      message: DEPENDENCY,
      diagnosis: {
        id: 'K4',
        subject: kustomizationSubject(stage, 'spec.path', BASE),
        cause: /The path '\.\/absent' is not in the repository/,
        nextStep: /Commit the directory/,
      },
    }),
  },
  {
    name: 'k25-dependency-missing',
    title: 'a dependency that does not exist',
    force: stage => waitingFor(stage, undefined),
    expected: stage => ({
      status: 'reconciling',
      rule: '9',
      attributes: { waitingOn: waitingOn(stage, 'missing') },
      message: /dependency '.+' not found/,
      diagnosis: {
        id: 'K25',
        subject: kustomizationSubject(stage, 'spec.dependsOn'),
        cause: /waits for Kustomization '.+\/base', which does not exist/,
        nextStep: /Create Kustomization/,
      },
    }),
  },
  {
    name: 'k25-dependency-at-work',
    title: 'a dependency whose workload is coming up',
    async force(stage) {
      const repository = await stage.repository(
        goodFiles(
          deployment({ more: '      nodeSelector: { disk: absent }\n' }),
        ),
      );
      await stage.gitRepository({ url: repository.url });
      await stage.settled('GitRepository');
      await stage.kustomization({ wait: true, timeout: '5m' }, BASE);
      await stage.until(
        'Kustomization',
        ({ status }) =>
          Boolean(
            status?.conditions?.some(({ message }) =>
              /health checks/.test(message ?? ''),
            ),
          ),
        { name: BASE },
      );
      await stage.kustomization({ dependsOn: [{ name: BASE }] });
      await stage.settled('Kustomization');
      return stage.capture('Kustomization');
    },
    expected: stage => ({
      status: 'reconciling',
      rule: '9',
      attributes: { waitingOn: waitingOn(stage, 'reconciling') },
      message: DEPENDENCY,
      diagnosis: {
        id: 'K25',
        subject: kustomizationSubject(stage, undefined, BASE),
        cause: /which is still at work/,
        nextStep: /Wait for Kustomization/,
      },
    }),
  },
  {
    name: 'k25-circle',
    title: 'two Kustomizations that wait for each other',
    async force(stage) {
      const { url } = await stage.repository(goodFiles());
      await stage.gitRepository({ url });
      await stage.settled('GitRepository');
      await stage.kustomization({ dependsOn: [{ name: BASE }] });
      await stage.kustomization({ dependsOn: [{ name: 'app' }] }, BASE);
      await stage.settled('Kustomization', { name: BASE });
      await stage.settled('Kustomization');
      return stage.capture('Kustomization');
    },
    expected: stage => ({
      status: 'failed',
      rule: '9',
      attributes: {
        waitingOn: {
          ...kustomizationSubject(stage, undefined, BASE),
          status: 'failed',
          cycle: true,
        },
      },
      message: DEPENDENCY,
      diagnosis: {
        id: 'K25',
        subject: kustomizationSubject(stage, 'spec.dependsOn'),
        cause: /go round in a circle and never end: app → base → app/,
        nextStep: /Take one/,
      },
    }),
  },
  {
    name: 'k25-circle-of-one',
    title: 'a Kustomization that waits for itself',
    async force(stage) {
      const { url } = await stage.repository(goodFiles());
      await stage.gitRepository({ url });
      await stage.settled('GitRepository');
      await stage.kustomization({ dependsOn: [{ name: 'app' }] });
      await stage.settled('Kustomization');
      return stage.capture('Kustomization');
    },
    expected: stage => ({
      status: 'failed',
      rule: '9',
      message: DEPENDENCY,
      diagnosis: {
        id: 'K25',
        subject: kustomizationSubject(stage, 'spec.dependsOn'),
        cause: /app → app/,
        nextStep: /Take one/,
      },
    }),
  },
];
