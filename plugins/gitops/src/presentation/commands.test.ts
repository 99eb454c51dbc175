import { fluxObjectCommands, objectCommands } from './commands';

const textOf = (commands: { text: string }[]) =>
  commands.map(({ text }) => text);

describe('commands', () => {
  it('name a Flux object in the words of kubectl and of flux', () => {
    expect(
      textOf(
        fluxObjectCommands({
          type: 'git-repository',
          name: 'shop-repo',
          namespace: 'project-shop',
        }),
      ),
    ).toEqual([
      'kubectl get gitrepositories.source.toolkit.fluxcd.io shop-repo -n project-shop -o yaml',
      'kubectl describe gitrepositories.source.toolkit.fluxcd.io shop-repo -n project-shop',
      'flux get source git shop-repo -n project-shop',
      'flux logs --kind=GitRepository --name=shop-repo -n project-shop --since=1h',
      'flux reconcile source git shop-repo -n project-shop',
    ]);
  });

  it('ask for logs only where there are any', () => {
    const deployment = objectCommands({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace: 'shop',
      name: 'web',
    });
    expect(textOf(deployment)).toContain(
      'kubectl logs deployment/web -n shop --all-containers --tail=200',
    );
    const role = objectCommands({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      name: "system:it's; rm -rf",
    });
    expect(role.map(({ purpose }) => purpose)).not.toContain('logs');
    // What could be read as more than a word by a shell is quoted.
    expect(textOf(role)[0]).toBe(
      `kubectl get ClusterRole.v1.rbac.authorization.k8s.io 'system:it'\\''s; rm -rf' -o yaml`,
    );
  });
});
