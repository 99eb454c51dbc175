import type {
  BackstageCredentials,
  PermissionsRegistryService,
  PermissionsService,
} from '@backstage/backend-plugin-api';
import { mockCredentials } from '@backstage/backend-test-utils';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { ProjectAccess } from './ProjectAccess';

const alice = mockCredentials.user('user:default/alice');
const bob = mockCredentials.user('user:default/bob');
const shop = { project: { slug: 'shop', ownerRef: 'group:default/shop' } };

/** A policy that can be changed, and that counts what it is asked. */
function policy() {
  const questions: string[] = [];
  const denied = new Set<string>();
  const broken = new Set<string>();
  const permissions = {
    async authorizeConditional(
      requests: readonly unknown[],
      { credentials }: { credentials: BackstageCredentials },
    ) {
      const { userEntityRef } = credentials.principal as {
        userEntityRef: string;
      };
      questions.push(userEntityRef);
      if (broken.delete(userEntityRef)) {
        throw new Error('nobody answers');
      }
      return requests.map(() => ({
        result: denied.has(userEntityRef)
          ? AuthorizeResult.DENY
          : AuthorizeResult.ALLOW,
      }));
    },
  } as unknown as PermissionsService;
  const access = ProjectAccess.create({
    permissions,
    permissionsRegistry: {
      getPermissionRuleset: () => ({ getRuleByName: () => undefined }),
    } as unknown as PermissionsRegistryService,
  });
  const look = (
    who: BackstageCredentials,
    right: 'read' | 'update' | 'delete' = 'read',
  ) => access.admit(Promise.resolve(shop), right, who, `project 'shop'`);
  return { questions, denied, broken, look };
}

describe('ProjectAccess', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('asks the policy once for the pages of one caller within five seconds', async () => {
    const { questions, look } = policy();
    await Promise.all(Array.from({ length: 20 }, () => look(alice)));
    await look(bob);
    jest.advanceTimersByTime(4_999);
    await look(alice);
    expect(questions).toEqual(['user:default/alice', 'user:default/bob']);
    jest.advanceTimersByTime(1);
    await look(alice);
    expect(questions).toHaveLength(3);
  });

  it('hides a project from who lost the right to see it, five seconds later at most', async () => {
    const { denied, look } = policy();
    await look(alice);
    denied.add('user:default/alice');
    await expect(look(alice)).resolves.toMatchObject({
      rights: { read: true },
    });
    jest.advanceTimersByTime(5_000);
    await expect(look(alice)).rejects.toThrow(
      "There is no project 'shop' under GitOps that you may see",
    );
  });

  it.each(['update', 'delete'] as const)(
    'asks about whoever wants to %s each time',
    async right => {
      const { denied, questions, look } = policy();
      await look(alice);
      await look(alice, right);
      denied.add('user:default/alice');
      await expect(look(alice, right)).rejects.toThrow('There is no project');
      expect(questions).toHaveLength(3);
    },
  );

  it('remembers no failure', async () => {
    const { broken, look } = policy();
    broken.add('user:default/alice');
    await expect(look(alice)).rejects.toThrow('nobody answers');
    await expect(look(alice)).resolves.toMatchObject({
      rights: { read: true },
    });
  });
});
