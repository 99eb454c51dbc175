import { Router } from 'express';
import { z } from 'zod/v3';
import { includesRight } from '../accounts';
import { StoredRepository } from '../GitHostState';
import { ApiContext, Route } from './ApiContext';
import { ApiError, notFound } from './ApiError';
import { Documents } from './documents';
import { commitFile } from './commitFile';

const newRepositorySchema = z.object({
  name: z.string().min(1, 'Required').max(100, 'MaxSize'),
  description: z.string().max(2048, 'MaxSize').default(''),
  private: z.boolean().default(false),
  auto_init: z.boolean().default(false),
  default_branch: z.string().default(''),
});

const changeSchema = z.object({
  name: z.string().min(1).max(100).optional(),
  description: z.string().max(2048).optional(),
  website: z.string().max(1024).optional(),
  private: z.boolean().optional(),
  archived: z.boolean().optional(),
  default_branch: z.string().min(1).optional(),
});

/** Gitea's rule for names of repositories. */
function checkName(name: string) {
  if (
    !/^[A-Za-z0-9_.-]+$/.test(name) ||
    name === '.' ||
    name === '..' ||
    name === '-' ||
    /\.(git|wiki|rss|atom)$/.test(name)
  ) {
    throw new ApiError(422, `repository name is invalid [name: ${name}]`);
  }
}

function checkTopic(topic: string): string {
  const name = topic.trim().toLowerCase();
  if (!/^[a-z0-9][-.a-z0-9]*$/.test(name) || name.length > 35) {
    throw new ApiError(
      422,
      'Topic name is invalid: it must start with a letter or number, can include dashes and dots, and can be up to 35 characters long',
    );
  }
  return name;
}

async function create(context: ApiContext, owner: string) {
  const wish = context.body(newRepositorySchema);
  checkName(wish.name);
  const { host } = context;
  if (host.state.findRepository(owner, wish.name)) {
    throw new ApiError(
      409,
      'The repository with the same name already exists.',
    );
  }
  const repository = await host.createRepository({
    owner,
    name: wish.name,
    description: wish.description,
    website: '',
    private: wish.private,
    archived: false,
    defaultBranch: wish.default_branch || 'main',
    topics: [],
    collaborators: {},
  });
  if (wish.auto_init) {
    await commitFile(context, repository, {
      path: 'README.md',
      content: Buffer.from(`# ${wish.name}\n\n${wish.description}`),
      message: 'Initial commit',
    });
  }
  return {
    status: 201,
    body: await new Documents(host, context.baseUrl).repository(
      repository,
      context.signedIn,
    ),
  };
}

function readable(context: ApiContext): StoredRepository[] {
  return context.host.state.repositories.filter(repository =>
    includesRight(context.host.rightOn(repository, context.user), 'read'),
  );
}

async function listed(context: ApiContext, found: StoredRepository[]) {
  const documents = new Documents(context.host, context.baseUrl);
  return await Promise.all(
    context
      .page(found)
      .map(repository => documents.repository(repository, context.user)),
  );
}

/** Repositories, their topics and collaborators. */
export function addRepositoryRoutes(router: Router, route: Route) {
  router.post(
    '/user/repos',
    route(async context => {
      const { username } = context.signedIn;
      context.requireScopes('user', 'repository');
      return await create(context, username);
    }),
  );

  router.post(
    ['/orgs/:organization/repos', '/org/:organization/repos'],
    route(async context => {
      const user = context.signedIn;
      context.requireScopes('organization', 'repository');
      const organization = context.host.findOrganization(
        context.req.params.organization,
      );
      if (!organization) {
        throw notFound();
      }
      if (!context.host.mayCreateIn(organization, user)) {
        throw new ApiError(
          403,
          'Given user is not allowed to create repository in organization.',
        );
      }
      return await create(context, organization.name);
    }),
  );

  router.get(
    '/repos/search',
    route(async context => {
      context.requireScopes('repository');
      const text = context.query('q')?.toLowerCase();
      const byTopic = context.query('topic') === 'true';
      const uid = context.query('uid');
      const found = readable(context).filter(
        repository =>
          (!uid ||
            String(context.host.state.accountId(repository.owner)) === uid) &&
          (!text ||
            (byTopic
              ? repository.topics.includes(text)
              : repository.name.toLowerCase().includes(text))),
      );
      return { body: { ok: true, data: await listed(context, found) } };
    }),
  );

  router.get(
    ['/user/repos', '/users/:owner/repos', '/orgs/:owner/repos'],
    route(async context => {
      const owner = context.req.params.owner ?? context.signedIn.username;
      context.requireScopes('repository');
      if (
        !context.host.findUser(owner) &&
        !context.host.findOrganization(owner)
      ) {
        throw notFound();
      }
      return {
        body: await listed(
          context,
          readable(context).filter(
            ({ owner: other }) => other.toLowerCase() === owner.toLowerCase(),
          ),
        ),
      };
    }),
  );

  router.get(
    '/repos/:owner/:repository',
    route(async context => ({
      body: await new Documents(context.host, context.baseUrl).repository(
        context.repository(),
        context.user,
      ),
    })),
  );

  router.get(
    '/repositories/:id',
    route(async context => {
      context.requireScopes('repository');
      const found = readable(context).find(
        ({ id }) => String(id) === context.req.params.id,
      );
      if (!found) {
        throw notFound();
      }
      return {
        body: await new Documents(context.host, context.baseUrl).repository(
          found,
          context.user,
        ),
      };
    }),
  );

  router.patch(
    '/repos/:owner/:repository',
    route(async context => {
      const repository = context.repository('admin');
      const change = context.body(changeSchema);
      const { host } = context;
      if (change.name && change.name !== repository.name) {
        checkName(change.name);
        const other = host.state.findRepository(repository.owner, change.name);
        if (other && other !== repository) {
          throw new ApiError(
            422,
            `repository already exists [uname: ${repository.owner}, name: ${change.name}]`,
          );
        }
        await host.moveRepository(repository, { name: change.name });
      }
      if (change.default_branch) {
        await host.setDefaultBranch(repository, change.default_branch);
      }
      host.state.changeRepository(repository.id, {
        description: change.description ?? repository.description,
        website: change.website ?? repository.website,
        private: change.private ?? repository.private,
        archived: change.archived ?? repository.archived,
        updatedAt: new Date().toISOString(),
      });
      return {
        body: await new Documents(host, context.baseUrl).repository(
          repository,
          context.user,
        ),
      };
    }),
  );

  router.post(
    '/repos/:owner/:repository/transfer',
    route(async context => {
      const repository = context.repository('owner');
      const { new_owner: wanted } = context.body(
        z.object({ new_owner: z.string().min(1, 'Required') }),
      );
      const { host } = context;
      const organization = host.findOrganization(wanted);
      const user = host.findUser(wanted);
      if (!organization && !user) {
        throw notFound('The new owner does not exist or cannot be found');
      }
      const owner = organization?.name ?? user?.username ?? wanted;
      if (
        organization
          ? !host.mayCreateIn(organization, context.signedIn)
          : user !== context.signedIn
      ) {
        throw new ApiError(
          403,
          'The sandbox hands over only to where the caller may create repositories.',
        );
      }
      if (host.state.findRepository(owner, repository.name)) {
        throw new ApiError(
          422,
          `repository already exists [uname: ${owner}, name: ${repository.name}]`,
        );
      }
      await host.moveRepository(repository, { owner });
      return {
        status: 202,
        body: await new Documents(host, context.baseUrl).repository(
          repository,
          context.user,
        ),
      };
    }),
  );

  router.delete(
    '/repos/:owner/:repository',
    route(async context => {
      await context.host.deleteRepository(context.repository('owner'));
      return { status: 204 };
    }),
  );

  router.get(
    '/repos/:owner/:repository/topics',
    route(async context => ({
      body: { topics: context.repository().topics },
    })),
  );

  router.put(
    '/repos/:owner/:repository/topics',
    route(async context => {
      const repository = context.repository('admin');
      const { topics } = context.body(
        z.object({ topics: z.array(z.string()).default([]) }),
      );
      context.host.state.changeRepository(repository.id, {
        topics: [...new Set(topics.map(checkTopic))].sort(),
      });
      return { status: 204 };
    }),
  );

  router.put(
    '/repos/:owner/:repository/topics/:topic',
    route(async context => {
      const repository = context.repository('admin');
      const topic = checkTopic(context.req.params.topic);
      if (!repository.topics.includes(topic)) {
        context.host.state.changeRepository(repository.id, {
          topics: [...repository.topics, topic].sort(),
        });
      }
      return { status: 204 };
    }),
  );

  router.delete(
    '/repos/:owner/:repository/topics/:topic',
    route(async context => {
      const repository = context.repository('admin');
      const topic = checkTopic(context.req.params.topic);
      if (!repository.topics.includes(topic)) {
        throw notFound();
      }
      context.host.state.changeRepository(repository.id, {
        topics: repository.topics.filter(other => other !== topic),
      });
      return { status: 204 };
    }),
  );

  router.put(
    '/repos/:owner/:repository/collaborators/:user',
    route(async context => {
      const repository = context.repository('admin');
      const { permission } = context.body(
        z.object({
          permission: z.enum(['read', 'write', 'admin']).default('write'),
        }),
      );
      const user = context.host.findUser(context.req.params.user);
      if (!user) {
        throw new ApiError(
          422,
          `user does not exist [uid: 0, name: ${context.req.params.user}]`,
        );
      }
      context.host.state.changeRepository(repository.id, {
        collaborators: {
          ...repository.collaborators,
          [user.username]: permission,
        },
      });
      return { status: 204 };
    }),
  );
}
