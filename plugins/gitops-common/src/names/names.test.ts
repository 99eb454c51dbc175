import {
  DEFAULT_ENVIRONMENTS,
  deployerName,
  environmentNamespace,
  gitAuthSecretName,
  gitRepositoryName,
  kustomizationName,
  overlayPath,
  projectNamespace,
  validateNames,
} from './names';

const DEFAULTS = DEFAULT_ENVIRONMENTS.map(({ name }) => name);

describe('names', () => {
  it('derives every name from slug and environment', () => {
    expect([
      projectNamespace('shop'),
      environmentNamespace('shop', 'staging'),
      gitRepositoryName('shop'),
      kustomizationName('shop', 'staging'),
      deployerName('staging'),
      gitAuthSecretName('shop'),
      overlayPath('staging'),
    ]).toEqual([
      'project-shop',
      'project-shop-staging',
      'shop-repo',
      'shop-staging',
      'staging-deployer',
      'shop-git-auth',
      'deploy/overlays/staging',
    ]);
  });

  it.each([
    ['a', DEFAULTS],
    ['shop', DEFAULTS],
    ['web-2', ['dev', 'prod']],
    // `project-<slug>-development` has 63 characters.
    ['s'.repeat(43), DEFAULTS],
    // `<environment>-deployer` has 63 characters, the namespace 63 as well.
    ['s', ['e'.repeat(53)]],
  ])('accepts %s with %j', (slug, environments) => {
    expect(validateNames(slug, environments)).toEqual([]);
  });

  it.each([
    '',
    '1234',
    '1e6',
    '0x1f',
    '2-shop',
    '-shop',
    'shop-',
    'Shop',
    'sh_op',
    'sh.op',
    'shop\n',
    '../shop',
    'ünïcode',
  ])('refuses the name %j for a project and for an environment', name => {
    expect(validateNames(name, ['dev'])).toEqual([
      expect.stringContaining(`project name '${name}' must consist of`),
    ]);
    expect(validateNames('shop', [name])).toEqual([
      expect.stringContaining(`environment name '${name}' must consist of`),
    ]);
  });

  it('counts the longest derived name, and by how much it is too long', () => {
    expect(validateNames('s'.repeat(44), ['staging', 'development'])).toEqual([
      expect.stringMatching(/-development' has 64 characters.* shorter by 1$/),
    ]);
    expect(validateNames('s', ['e'.repeat(54)])).toEqual([
      expect.stringMatching(/has 64 characters.* shorter by 1$/),
    ]);
  });

  it('refuses no environment at all, and one given twice', () => {
    expect(validateNames('shop', [])).toEqual([
      'a project needs at least one environment',
    ]);
    expect(validateNames('shop', ['dev', 'prod', 'dev'])).toEqual([
      "environment name 'dev' is given twice",
    ]);
  });

  it('tells all problems at once', () => {
    expect(validateNames('Shop', ['Dev', 'Dev'])).toHaveLength(4);
  });
});
