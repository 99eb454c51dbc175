import { randomBytes } from 'node:crypto';
import { ControlPlane } from '@backstage-gitops/control-plane';
import {
  fluxContract,
  forgettingContract,
  gitHostContract,
  kubernetesContract,
} from '@backstage-gitops/sandbox/contracts';

// The very suites that the sandbox's own tests run, held against the real
// parts: where the two differ, the sandbox is wrong.

jest.setTimeout(90_000);

let plane: ControlPlane;
const outsider = { username: 'outsider', password: '' };

beforeAll(async () => {
  plane = await ControlPlane.start({
    clusters: ['contract', 'forgetful'],
  });
  outsider.password = randomBytes(12).toString('hex');
  await plane.gitea.request('POST', '/admin/users', {
    username: outsider.username,
    email: 'outsider@example.com',
    password: outsider.password,
    must_change_password: false,
  });
}, 180_000);

afterAll(async () => {
  await plane?.stop();
});

function cluster(name = 'contract') {
  const { url, token, ca } = plane.cluster(name);
  return { url, token, ca };
}

function gitHost() {
  const { url, username, password, token, organization } = plane.gitea;
  return { url, admin: { username, password, token }, outsider, organization };
}

describe('Kubernetes', () => {
  kubernetesContract(() => cluster());

  forgettingContract(
    () => cluster('forgetful'),
    () => plane.cluster('forgetful').forgetVersions(),
  );
});

describe('Gitea', () => {
  gitHostContract(gitHost);
});

describe('Flux', () => {
  fluxContract(() => ({ cluster: cluster(), gitHost: gitHost() }));
});
