import { createConnectionRequestSchema } from './credentials';
import {
  createProjectRequestSchema,
  initializeRequestSchema,
  MAX_CONTENT_FILES,
} from './requests';

const request = {
  slug: 'shop',
  ownerRef: 'group:default/team',
  repository: { host: 'git.example.com', owner: 'acme', name: 'shop' },
  files: [{ path: 'README.md', content: 'IyBTaG9w' }],
};

describe('requests', () => {
  it('make a repository private on main unless told otherwise', () => {
    expect(createProjectRequestSchema.parse(request).repository).toEqual({
      host: 'git.example.com',
      owner: 'acme',
      name: 'shop',
      visibility: 'private',
      defaultBranch: 'main',
    });
    expect(
      createProjectRequestSchema.parse({
        ...request,
        repository: { ...request.repository, visibility: 'internal' },
      }).repository.visibility,
    ).toBe('internal');
  });

  it.each([
    ['no file', { files: [] }],
    [
      'too many files',
      { files: Array(MAX_CONTENT_FILES + 1).fill(request.files[0]) },
    ],
    ['a file without a path', { files: [{ path: '', content: '' }] }],
    ['an empty list of environments', { environments: [] }],
    ['too many environments', { environments: Array(21).fill({ name: 'e' }) }],
    [
      'an unknown environment type',
      { environments: [{ name: 'e', type: 'qa' }] },
    ],
    [
      'an unknown visibility',
      { repository: { ...request.repository, visibility: 'open' } },
    ],
    ['a long description', { description: 'x'.repeat(501) }],
    ['no owner', { ownerRef: '' }],
    ['an unknown kind of credential', { credential: { kind: 'password' } }],
    ['an empty token', { credential: { kind: 'token', token: '' } }],
    [
      'a connection that is no id',
      { credential: { kind: 'connection', connectionId: '7' } },
    ],
    [
      'an expiry without a zone',
      {
        credential: {
          kind: 'token',
          token: 't',
          expiresAt: '2026-01-01T00:00:00',
        },
      },
    ],
  ])('refuse %s', (_, change) => {
    expect(
      createProjectRequestSchema.safeParse({ ...request, ...change }).success,
    ).toBe(false);
  });

  it('take an expiry in any zone', () => {
    expect(
      createConnectionRequestSchema.parse({
        host: 'git.example.com',
        token: 't',
        expiresAt: '2026-01-01T00:00:00+02:00',
      }).expiresAt,
    ).toBe('2026-01-01T00:00:00+02:00');
  });

  it('run the set-up through a step that exists', () => {
    expect(initializeRequestSchema.parse({})).toEqual({});
    expect(
      initializeRequestSchema.safeParse({ through: 'push_template' }).success,
    ).toBe(true);
    expect(
      initializeRequestSchema.safeParse({ through: 'deploy' }).success,
    ).toBe(false);
  });
});
