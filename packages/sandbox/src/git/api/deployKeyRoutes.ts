import { createHash } from 'node:crypto';
import { Router } from 'express';
import { z } from 'zod/v3';
import { Route } from './ApiContext';
import { ApiError, notFound } from './ApiError';
import { Documents } from './documents';

const newKeySchema = z.object({
  title: z.string().min(1, 'Required'),
  key: z.string().min(1, 'Required'),
  read_only: z.boolean().default(false),
});

const KEY =
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521))\s+([A-Za-z0-9+/]+=*)(?:\s|$)/;

/** Keys that reach one repository. */
export function addDeployKeyRoutes(router: Router, route: Route) {
  router.get(
    '/repos/:owner/:repository/keys',
    route(async context => {
      const repository = context.repository('admin');
      const documents = new Documents(context.host, context.baseUrl);
      return {
        body: context
          .page(repository.deployKeys)
          .map(key => documents.deployKey(repository, key)),
      };
    }),
  );

  router.post(
    '/repos/:owner/:repository/keys',
    route(async context => {
      const repository = context.repository('admin');
      const wish = context.body(newKeySchema);
      const [, type, content] = KEY.exec(wish.key.trim()) ?? [];
      const blob = Buffer.from(content ?? '', 'base64');
      // The blob begins with the length of the type and the type.
      if (!type || blob.subarray(4, 4 + type.length).toString() !== type) {
        throw new ApiError(
          422,
          'Invalid key content: extractTypeFromBase64Key: invalid key format',
        );
      }
      const fingerprint = `SHA256:${createHash('sha256')
        .update(blob)
        .digest('base64')
        .replace(/=+$/, '')}`;
      const { deployKeys } = repository;
      if (deployKeys.some(other => other.fingerprint === fingerprint)) {
        throw new ApiError(
          422,
          'This key has already been added to this repository',
        );
      }
      if (deployKeys.some(({ title }) => title === wish.title)) {
        throw new ApiError(422, 'A key with the same name already exists');
      }
      const key = context.host.state.addDeployKey(repository, {
        title: wish.title,
        key: `${type} ${content}`,
        fingerprint,
        readOnly: wish.read_only,
      });
      return {
        status: 201,
        body: new Documents(context.host, context.baseUrl).deployKey(
          repository,
          key,
        ),
      };
    }),
  );

  router.get(
    '/repos/:owner/:repository/keys/:id',
    route(async context => {
      const repository = context.repository('admin');
      const key = repository.deployKeys.find(
        ({ id }) => String(id) === context.req.params.id,
      );
      if (!key) {
        throw notFound();
      }
      return {
        body: new Documents(context.host, context.baseUrl).deployKey(
          repository,
          key,
        ),
      };
    }),
  );

  router.delete(
    '/repos/:owner/:repository/keys/:id',
    route(async context => {
      const repository = context.repository('admin');
      // One that is gone is no error, as in Gitea.
      context.host.state.changeRepository(repository.id, {
        deployKeys: repository.deployKeys.filter(
          ({ id }) => String(id) !== context.req.params.id,
        ),
      });
      return { status: 204 };
    }),
  );
}
