import type { Expectation, Situation } from '../Situation';
import { APP, conditionOf, type Stage } from '../Stage';
import { goodFiles } from '../manifests';

function subject(stage: Stage, field?: string) {
  return {
    kind: 'GitRepository',
    name: APP,
    namespace: stage.namespace,
    ...(field && { field }),
  };
}

/** A source that fails and is tried again. */
function failing(
  id: string,
  field: string,
  words: { message: RegExp; cause: RegExp; nextStep: RegExp },
): Situation['expected'] {
  const { message, cause, nextStep } = words;
  return stage =>
    ({
      status: 'failed',
      rule: '12',
      attributes: { retrying: true },
      message,
      diagnosis: { id, subject: subject(stage, field), cause, nextStep },
    } satisfies Expectation);
}

async function fetched(stage: Stage) {
  await stage.settled('GitRepository');
  return stage.capture('GitRepository');
}

const FORTY = 'c0ffee'.padEnd(40, '0');

/** What goes wrong between Flux and the Git host. */
export const sourceSituations: Situation[] = [
  {
    name: 'g1-secret-missing',
    title: 'the source names a Secret that is not there',
    async force(stage) {
      const { url } = await stage.repository({});
      await stage.gitRepository({ url, secretRef: { name: 'absent' } });
      return fetched(stage);
    },
    expected: failing('G1', 'spec.secretRef', {
      message: /failed to get secret 'truth-g1-secret-missing\/absent'/,
      cause: /Secret 'absent'.*does not exist in namespace 'truth-g1/,
      nextStep: /Create the Secret 'absent'/,
    }),
  },
  {
    name: 'g2-secret-keys',
    title: 'the Secret holds a password and no username',
    async force(stage) {
      const { url } = await stage.repository({}, { private: true });
      await stage.secret('git-auth', { password: 'secret' });
      await stage.gitRepository({ url, secretRef: { name: 'git-auth' } });
      return fetched(stage);
    },
    expected: failing('G2', 'spec.secretRef', {
      message:
        /failed to configure authentication options|invalid 'https?' auth/,
      cause: /Secret 'git-auth' lacks the keys/,
      nextStep: /`username` and `password`/,
    }),
  },
  {
    name: 'g4-no-credentials',
    title: 'a private repository and a source without credentials',
    async force(stage) {
      const { url } = await stage.repository({}, { private: true });
      await stage.gitRepository({ url });
      return fetched(stage);
    },
    expected: failing('G4', 'spec.secretRef', {
      message: /authentication required/,
      cause: /asks for credentials and the source has none/,
      nextStep: /Add a `secretRef`/,
    }),
  },
  {
    name: 'g4-wrong-token',
    title: 'a private repository and a token that is not valid',
    async force(stage) {
      const { url } = await stage.repository({}, { private: true });
      await stage.secret('git-auth', {
        username: stage.plane.gitea.username,
        password: 'expired',
      });
      await stage.gitRepository({ url, secretRef: { name: 'git-auth' } });
      return fetched(stage);
    },
    expected: failing('G4', 'spec.secretRef', {
      message: /authentication required/,
      cause: /did not accept the credentials/,
      nextStep: /Rotate the token in Secret 'git-auth'/,
    }),
  },
  {
    name: 'g4-username-only',
    title: 'a private repository and a Secret with a username alone',
    async force(stage) {
      const { url } = await stage.repository({}, { private: true });
      await stage.secret('git-auth', { username: 'somebody' });
      await stage.gitRepository({ url, secretRef: { name: 'git-auth' } });
      return fetched(stage);
    },
    expected: failing('G4', 'spec.secretRef', {
      message: /authentication required/,
      cause: /under other keys than `username` and `password`/,
      nextStep: /Rotate the token/,
    }),
  },
  {
    name: 'g5-forbidden',
    title: 'the Git host answers 403',
    async force(stage) {
      const { url } = await stage.proxy(403);
      await stage.gitRepository({ url: `${url}/platform/app.git` });
      return fetched(stage);
    },
    expected: failing('G5', 'spec.secretRef', {
      message: /authorization failed/,
      cause: /knows the token but refuses access/,
      nextStep: /Grant the token read access/,
    }),
  },
  {
    name: 'g6-repository-absent',
    title: 'the URL names a repository that does not exist',
    async force(stage) {
      const { gitea } = stage.plane;
      await stage.gitRepository({
        url: `${gitea.url}/${gitea.organization}/absent.git`,
        secretRef: await stage.gitCredentials(),
      });
      return fetched(stage);
    },
    expected: failing('G6', 'spec.url', {
      message: /repository not found/,
      cause: /There is no repository at .*absent\.git/,
      nextStep: /Open the URL with the same credentials/,
    }),
  },
  {
    name: 'g6-repository-hidden',
    title: 'a private repository and an identity that may not see it',
    async force(stage) {
      const { url } = await stage.repository({}, { private: true });
      await stage.plane.gitea.request('POST', '/admin/users', {
        username: 'stranger',
        email: 'stranger@example.com',
        password: 'stranger-password',
        must_change_password: false,
      });
      await stage.secret('git-auth', {
        username: 'stranger',
        password: 'stranger-password',
      });
      await stage.gitRepository({ url, secretRef: { name: 'git-auth' } });
      return fetched(stage);
    },
    expected: failing('G6', 'spec.url', {
      message: /repository not found/,
      cause: /or the credentials may not see it/,
      nextStep: /correct the URL or the access/,
    }),
  },
  {
    name: 'g7-branch-missing',
    title: 'the source names a branch that does not exist',
    async force(stage) {
      const { url } = await stage.repository({});
      await stage.gitRepository({ url, ref: { branch: 'release' } });
      return fetched(stage);
    },
    expected: failing('G7', 'spec.ref.branch', {
      message: /couldn't find remote ref "refs\/heads\/release"/,
      cause: /branch 'release' does not exist/,
      nextStep: /Set `spec.ref.branch` to a branch that exists/,
    }),
  },
  {
    name: 'g7-no-ref',
    title: 'a source without a reference, and a repository without master',
    async force(stage) {
      const { url } = await stage.repository({});
      await stage.apply({
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'GitRepository',
        metadata: { name: APP },
        spec: { interval: '10m', url },
      });
      return fetched(stage);
    },
    expected: failing('G7', 'spec.ref.branch', {
      message: /couldn't find remote ref "refs\/heads\/master"/,
      cause: /without `spec.ref` Flux takes `master`/,
      nextStep: /Set `spec.ref.branch`/,
    }),
  },
  {
    name: 'g8-commit-gone',
    title: 'the source names a commit that is not in the repository',
    async force(stage) {
      const { url } = await stage.repository({});
      await stage.gitRepository({
        url,
        ref: { branch: 'main', commit: FORTY },
      });
      return fetched(stage);
    },
    expected: failing('G8', 'spec.ref', {
      message: /unable to resolve commit object|object not found/,
      cause: /is no longer in the repository/,
      nextStep: /Point `spec.ref` at a commit that exists/,
    }),
  },
  {
    name: 'g9-no-tag-in-range',
    title: 'no tag of the repository fits the range',
    async force(stage) {
      const { url } = await stage.repository({});
      await stage.gitRepository({ url, ref: { semver: '>=1.0.0' } });
      return fetched(stage);
    },
    expected: failing('G9', 'spec.ref.semver', {
      message: /no match found for semver/,
      cause: /No tag of the repository fits the range '>=1.0.0'/,
      nextStep: /Push a tag within the range/,
    }),
  },
  {
    name: 'g10-empty-repository',
    title: 'the repository has no commit',
    async force(stage) {
      const { url } = await stage.repository();
      await stage.gitRepository({ url });
      return fetched(stage);
    },
    expected: failing('G10', 'spec.url', {
      message: /repository is empty/,
      cause: /has no commit yet/,
      nextStep: /Push a first commit to the branch 'main'/,
    }),
  },
  {
    name: 'g13-refused',
    title: 'nothing listens at the Git host',
    async force(stage) {
      const proxy = await stage.proxy();
      const { url } = proxy;
      await proxy.stop();
      await stage.gitRepository({ url: `${url}/platform/app.git` });
      return fetched(stage);
    },
    expected: failing('G13', 'spec.url', {
      message: /connection refused/,
      cause: /nothing accepts the connection/,
      nextStep: /can be reached/,
    }),
  },
  {
    name: 'g13-silent',
    title: 'the Git host accepts the connection and never answers',
    async force(stage) {
      const proxy = await stage.proxy();
      proxy.hold();
      await stage.gitRepository({
        url: `${proxy.url}/platform/app.git`,
        timeout: '2s',
      });
      return fetched(stage);
    },
    expected: failing('G13', 'spec.timeout', {
      message: /context deadline exceeded/,
      cause: /took longer than 2s/,
      nextStep: /raise `spec.timeout`/,
    }),
  },
  {
    name: 'g15-credentials-in-clear',
    title: 'credentials over plain HTTP, which Flux accepts',
    async force(stage) {
      const { pathname } = new URL(
        (await stage.repository({}, { private: true })).url,
      );
      const proxy = await stage.proxy();
      await stage.secret('proxy', { address: proxy.url });
      await stage.gitRepository({
        url: `http://git.example.test${pathname}`,
        secretRef: await stage.gitCredentials(),
        proxySecretRef: { name: 'proxy' },
      });
      await stage.settled('GitRepository');
      if (!proxy.credentials.some(header => header.startsWith('Basic '))) {
        throw new Error('the credentials did not travel in clear');
      }
      return stage.capture('GitRepository');
    },
    expected: stage => ({
      status: 'ready',
      rule: '19',
      message: /stored artifact for revision/,
      diagnosis: {
        id: 'G15',
        subject: subject(stage, 'spec.url'),
        cause: /sends its credentials in clear over plain HTTP/,
        nextStep: /Use an https:\/\/ URL/,
      },
    }),
  },
  {
    name: 'g16-malformed-url',
    title: 'a URL that cannot be read',
    async force(stage) {
      await stage.gitRepository({ url: 'http://[::1/platform/app.git' });
      await stage.until('GitRepository', object =>
        Boolean(
          conditionOf(object, 'Stalled') &&
            object.status?.observedGeneration === object.metadata.generation,
        ),
      );
      return stage.capture('GitRepository');
    },
    expected: stage => ({
      status: 'stalled',
      rule: '5',
      message: /failed to parse url/,
      diagnosis: {
        id: 'G16',
        subject: subject(stage, 'spec.url'),
        cause: /cannot be read/,
        nextStep: /Correct `spec.url`/,
        final: true,
      },
    }),
  },
  {
    name: 'g17-provider-without-app',
    title: 'provider github without the data of an app',
    async force(stage) {
      const { url } = await stage.repository({});
      await stage.gitRepository({
        url,
        provider: 'github',
        secretRef: await stage.gitCredentials(),
      });
      return fetched(stage);
    },
    expected: failing('G17', 'spec.secretRef', {
      message: /github app data/,
      cause: /holds no GitHub App data/,
      nextStep: /Give the Secret `githubAppID`/,
    }),
  },
  {
    name: 'g19-include-missing',
    title: 'an included repository does not exist',
    async force(stage) {
      const { url } = await stage.repository({});
      await stage.gitRepository({
        url,
        include: [{ repository: { name: 'absent' } }],
      });
      return fetched(stage);
    },
    expected: failing('G19', 'spec.include', {
      message: /include 'absent'|could not get resource for include/,
      cause: /included GitRepository 'absent' does not exist/,
      nextStep: /Create GitRepository 'absent'/,
    }),
  },
  {
    name: 'g19-include-unfetched',
    title: 'an included repository was never fetched',
    async force(stage) {
      const { url } = await stage.repository({});
      await stage.gitRepository({ url, secretRef: { name: 'absent' } }, 'lib');
      await stage.settled('GitRepository', { name: 'lib' });
      await stage.gitRepository({
        url,
        include: [{ repository: { name: 'lib' } }],
      });
      await stage.settled('GitRepository');
      await stage.settled('GitRepository', { name: 'lib', ready: false });
      return stage.capture('GitRepository');
    },
    expected: stage => ({
      status: 'failed',
      rule: '12',
      message: /include/,
      diagnosis: {
        id: 'G1',
        subject: { ...subject(stage, 'spec.secretRef'), name: 'lib' },
        cause: /Secret 'absent'/,
        nextStep: /Create the Secret/,
      },
    }),
  },
  {
    name: 'g22-sparse-directory',
    title: 'a directory of the sparse checkout is not in the repository',
    async force(stage) {
      const { url } = await stage.repository({});
      await stage.gitRepository({ url, sparseCheckout: ['absent'] });
      return fetched(stage);
    },
    expected: failing('G22', 'spec.sparseCheckout', {
      message: /sparse checkout directories/,
      cause: /directory listed for the sparse checkout/,
      nextStep: /Correct the directories/,
    }),
  },
  {
    name: 'source-trying-again',
    title: 'a source that never worked, while it is tried again',
    async force(stage) {
      const { url } = await stage.repository({});
      await stage.gitRepository({ url, secretRef: { name: 'absent' } });
      await stage.settled('GitRepository');
      await stage.requestReconcile('GitRepository');
      const at = await stage.untilChange(
        'GitRepository',
        object =>
          object.status?.conditions?.some(
            ({ type, status }) => type === 'Ready' && status === 'Unknown',
          ) &&
          object.status.conditions.some(({ type }) => type === 'FetchFailed'),
      );
      return stage.capture('GitRepository', { at });
    },
    expected: stage => ({
      status: 'failed',
      rule: '12a',
      attributes: { retrying: true },
      message: /failed to get secret/,
      diagnosis: {
        id: 'G1',
        subject: subject(stage, 'spec.secretRef'),
        cause: /Secret 'absent'/,
        nextStep: /Create the Secret/,
      },
    }),
  },
  {
    name: 'source-fetching',
    title: 'the first fetch is under way',
    async force(stage) {
      const proxy = await stage.proxy();
      const { pathname } = new URL((await stage.repository(goodFiles())).url);
      proxy.hold();
      await stage.gitRepository({ url: `${proxy.url}${pathname}` });
      await stage.until(
        'GitRepository',
        ({ status }) => (status?.conditions?.length ?? 0) > 1,
      );
      const moment = stage.capture('GitRepository');
      proxy.release();
      await stage.settled('GitRepository', { ready: true });
      return moment;
    },
    expected: () => ({ status: 'reconciling', rule: '13' }),
  },
];
