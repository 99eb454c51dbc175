import { InputError } from '@backstage/errors';
import { createTestDatabases } from '../../database/__testUtils__/createTestDatabases';
import { seedProject } from '../../database/__testUtils__/seedProject';
import { until } from '../../__testUtils__/until';
import { ConnectionReplica, USER } from './__testUtils__/ConnectionReplica';
import { type Fault, OAuthHost } from './__testUtils__/OAuthHost';
import { SharedDatabase } from './__testUtils__/SharedDatabase';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const ANN = { id: 7, login: 'ann' };
const OTHER = 'user:default/other';

/** Lets the host do what it is asked next, and keep the answer to itself. */
function holdNextAnswer(host: OAuthHost) {
  let acted = false;
  let release = () => {};
  host.faults.push({
    kind: 'hold',
    acted: () => {
      acted = true;
    },
    until: new Promise(resolve => {
      release = resolve;
    }),
  });
  return {
    acted: () => until(async () => acted),
    release: () => release(),
  };
}

describe.each(databases.ids)('connections on %s', databaseId => {
  let host: OAuthHost;
  let shared: SharedDatabase;
  let one: ConnectionReplica;
  let two: ConnectionReplica;

  beforeEach(async () => {
    host = await OAuthHost.start();
    shared = await SharedDatabase.create(databases, databaseId);
    one = new ConnectionReplica(await shared.open(), host);
    two = new ConnectionReplica(await shared.open(), host);
  });

  afterEach(async () => {
    await shared.close();
    await host.stop();
  });

  /** No secret of the host, in any form, in what people and programs can read. */
  async function expectNoSecrets(...said: unknown[]) {
    const text = JSON.stringify([
      ...said,
      ...(await one.knex('unified_events')),
      ...(await one.knex('git_sync_logs')),
      ...(await one.knex('git_platform_connections')),
      ...(await one.knex('git_connection_authorizations')),
      ...one.logger.lines,
      ...two.logger.lines,
    ]);
    expect(text).not.toMatch(/-secret-/);
    expect(text).not.toContain(host.clientSecret);
  }

  async function failure(promise: Promise<unknown>) {
    const error = await promise.then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    await expectNoSecrets(error?.message);
    return `${error?.name}: ${error?.message}`;
  }

  const rows = () => one.knex('git_platform_connections');

  describe('by consent', () => {
    it('makes one row of user, host and account, at whichever replica the user comes back', async () => {
      const { authorizationUrl } = await one.connections.service.authorize(
        USER,
        { host: host.host },
      );
      const url = new URL(authorizationUrl);
      expect(`${url.origin}${url.pathname}`).toBe(
        `${host.url}/login/oauth/authorize`,
      );
      expect(url.searchParams.get('redirect_uri')).toBe(
        'https://portal.example.com/gitops/connections/callback',
      );
      const made = await two.connections.service.callback(
        USER,
        host.consent(authorizationUrl, ANN),
      );
      expect(made).toMatchObject({
        host: host.host,
        provider: 'gitea',
        username: 'ann',
        method: 'oauth',
        purpose: 'integration',
        status: 'active',
        usedBy: [],
      });
      expect(Date.parse(made.expiresAt!)).toBeGreaterThan(Date.now());

      const opened = await one.connections.tokens.open(made.id, USER);
      expect(host.knows(opened.credential.token)).toBe(true);

      const again = await one.consent();
      expect(again.id).toBe(made.id);
      expect(await rows()).toHaveLength(1);
      expect((await one.events(made.id)).map(event => event.action)).toEqual([
        'connection-made',
        'connection-replaced',
      ]);
      expect(await one.knex('git_connection_authorizations')).toEqual([]);
      await expectNoSecrets(made, again);
    });

    it('makes one row when both replicas connect the account at the same time', async () => {
      const token = host.personalToken(ANN);
      const documents = await Promise.all(
        [one, two, one, two].map(replica =>
          replica.connections.service.connect(USER, {
            host: host.host,
            token,
          }),
        ),
      );
      expect(new Set(documents.map(({ id }) => id)).size).toBe(1);
      expect(await rows()).toHaveLength(1);
      const { credential } = await two.connections.tokens.open(documents[0].id);
      expect(credential.token).toBe(token);
    });

    it('refuses a state that is another user’s, used, too old, or made up', async () => {
      const { service } = one.connections;
      const begin = async () =>
        host.consent(
          (await service.authorize(USER, { host: host.host })).authorizationUrl,
          ANN,
        );
      const refused = /^InputError: This answer of a Git host does not belong/;

      const answer = await begin();
      expect(await failure(service.callback(OTHER, answer))).toMatch(refused);
      // Trying it out did not use it up.
      await service.callback(USER, answer);
      expect(await failure(service.callback(USER, answer))).toMatch(refused);
      expect(
        await failure(two.connections.service.callback(USER, answer)),
      ).toMatch(refused);

      // The same state at both replicas at once: one of them may.
      const race = await begin();
      const results = await Promise.allSettled(
        [one, two].map(replica =>
          replica.connections.service.callback(USER, race),
        ),
      );
      expect(results.map(({ status }) => status).sort()).toEqual([
        'fulfilled',
        'rejected',
      ]);

      const old = await begin();
      jest.useFakeTimers({
        now: Date.now() + 11 * 60_000,
        doNotFake: [
          'nextTick',
          'setImmediate',
          'setTimeout',
          'setInterval',
          'clearTimeout',
          'queueMicrotask',
          'performance',
        ],
      });
      try {
        expect(await failure(service.callback(USER, old))).toMatch(refused);
      } finally {
        jest.useRealTimers();
      }
      const [id, envelope] = old.state.split('~');
      const [otherId] = (await begin()).state.split('~');
      for (const state of [
        'nonsense',
        `${id}~`,
        `${otherId}~${envelope}`,
        `${id}~${envelope.slice(0, -4)}AAAA`,
        `${old.state}~x`,
      ]) {
        expect(
          await failure(service.callback(USER, { ...old, state })),
        ).toMatch(refused);
      }
    });

    it('stores nothing when the host does not give what is needed', async () => {
      const { service } = one.connections;
      const begin = async () =>
        host.consent(
          (await service.authorize(USER, { host: host.host })).authorizationUrl,
          ANN,
        );
      const outcome = async (changes: object) =>
        failure(service.callback(USER, { ...(await begin()), ...changes }));

      expect(
        await outcome({ code: undefined, error: 'access_denied' }),
      ).toMatch(/^NotAllowedError: Access to your account .* was not granted/);
      expect(
        await outcome({ code: undefined, error: 'temporarily_unavailable' }),
      ).toMatch(/^ServiceUnavailableError: .* try again/);
      expect(
        await outcome({ code: undefined, error: 'unauthorized_client' }),
      ).toMatch(/^InputError: .* gitops\.gitHosts\[\]\.oauth .*callback/);
      expect(await outcome({ code: undefined })).toMatch(/neither a code nor/);
      expect(await outcome({ code: 'code-secret-of-another' })).toMatch(
        /^InputError: .*did not accept the consent \(invalid_grant: the code \[hidden\] is no good\): start/,
      );

      const faults: [Fault, RegExp][] = [
        [{ kind: 'refuse', status: 503 }, /^ServiceUnavailableError: .* 503/],
        [{ kind: 'lose' }, /^ServiceUnavailableError: .*no whole answer/],
        [
          { kind: 'redirect', location: `${host.url}/elsewhere` },
          /^ServiceUnavailableError: .*redirects/,
        ],
        [
          { kind: 'refuse', status: 200, body: '<html>' },
          /^ServiceUnavailableError: .*holds no tokens/,
        ],
        [
          // As GitHub says it.
          {
            kind: 'refuse',
            status: 200,
            body: '{"error":"bad_verification_code"}',
          },
          /^InputError: .*bad_verification_code/,
        ],
      ];
      for (const [fault, words] of faults) {
        host.faults.push(fault);
        expect(await outcome({})).toMatch(words);
      }

      const wrong = new ConnectionReplica(one.knex, host, {
        clientSecret: 'another',
      });
      const { authorizationUrl } = await wrong.connections.service.authorize(
        USER,
        { host: host.host },
      );
      expect(
        await failure(
          wrong.connections.service.callback(
            USER,
            host.consent(authorizationUrl, ANN),
          ),
        ),
      ).toMatch(/does not take the portal for its OAuth application/);

      host.scopes = ['write:user'];
      const revoking = new ConnectionReplica(one.knex, host, {
        revocation: true,
      });
      const journey = await revoking.connections.service.authorize(USER, {
        host: host.host,
      });
      expect(
        await failure(
          revoking.connections.service.callback(
            USER,
            host.consent(journey.authorizationUrl, ANN),
          ),
        ),
      ).toMatch(/lacks write:repository, write:organization/);
      // What is not kept does not stay good at the host either.
      expect(host.revoked).toHaveLength(2);
      expect(await rows()).toEqual([]);
    });
  });

  describe('with a pasted token', () => {
    const connect = (token: string, expiresAt?: string) =>
      one.connections.service.connect(USER, {
        host: host.host,
        token,
        expiresAt,
      });

    it('takes what the host accepts, and warns of too much power', async () => {
      const token = host.personalToken(ANN);
      host.scopes = ['write:repository', 'write:user', 'write:organization'];
      const made = await connect(token);
      expect(made).toMatchObject({ method: 'token', scopes: host.scopes });
      expect(made.message).toBeUndefined();

      host.scopes = ['all'];
      expect(await connect(token)).toMatchObject({
        message: expect.stringMatching(
          /far more than the portal needs \(all\)/,
        ),
        wording: { id: 'connectionExcess', values: { excess: 'all' } },
      });
      expect(await one.connections.service.list(OTHER)).toEqual([]);
      await expectNoSecrets(await one.connections.service.list(USER));
    });

    it('refuses what is no token, is refused, ended, or does too little', async () => {
      const good = host.personalToken(ANN);
      for (const bad of [
        `${good}\n`,
        `${good} `,
        `${good}\u0000`,
        `${good}\u00e9`,
        `x${good}\r\nHost: evil`,
      ]) {
        expect(await failure(connect(bad))).toMatch(
          /^InputError: The token contains a line break, a blank/,
        );
      }
      expect(await failure(connect('x'.repeat(5_000)))).toMatch(/longer than/);
      expect(await failure(connect('pat-secret-unknown'))).toMatch(
        /^InputError: .*does not accept the token/,
      );
      expect(await failure(connect(good, '2020-01-01T00:00:00+02:00'))).toMatch(
        /^InputError: The token has ended at 2019-12-31T22/,
      );
      expect(await failure(connect(good, '2220-01-01T00:00:00Z'))).toMatch(
        /more than 10 years/,
      );
      host.scopes = ['write:user'];
      expect(await failure(connect(good))).toMatch(
        /^InputError: .*lacks write:repository, write:organization. Make one with/,
      );
      host.failApi(503);
      expect(await failure(connect(good))).toMatch(/^ServiceUnavailableError/);
      await expect(
        one.connections.service.connect(USER, { host: 'nowhere', token: good }),
      ).rejects.toBeInstanceOf(InputError);
      expect(await rows()).toEqual([]);
    });
  });

  describe('renewal', () => {
    it('happens once, however many ask in however many replicas', async () => {
      const { id } = await one.consent();
      const before = await one.connections.tokens.open(id);
      await one.makeDue(id);
      const opened = await Promise.all(
        [one, two, one, two, two].map(replica =>
          replica.connections.tokens.open(id),
        ),
      );
      expect(host.refreshCalls).toBe(1);
      const tokens = new Set(opened.map(({ credential }) => credential.token));
      expect(tokens.size).toBe(1);
      expect(tokens.has(before.credential.token)).toBe(false);
      expect(opened[0].revision).toBe(before.revision + 1);
      expect(await one.logs(id)).toContainEqual(
        expect.objectContaining({ action: 'refresh', status: 'succeeded' }),
      );
      // Not due any more.
      await two.connections.upkeep.run();
      expect(host.refreshCalls).toBe(1);
    });

    it('is not begun by a portal that ends', async () => {
      const { id } = await one.consent();
      await one.makeDue(id);
      await one.connections.renewal.stop();
      await one.connections.upkeep.run();
      expect(host.refreshCalls).toBe(0);
      await two.connections.upkeep.run();
      expect(host.refreshCalls).toBe(1);
    });

    it('tells whoever keeps copies of the token', async () => {
      const { id } = await one.consent();
      const heard: string[] = [];
      one.connections.changes.subscribe(async connection => {
        heard.push(
          (await one.connections.tokens.open(connection)).connectionId,
        );
      });
      one.connections.changes.subscribe(async () => {
        throw new Error('nobody listens');
      });
      await one.makeDue(id);
      await one.connections.upkeep.renewDue();
      expect(heard).toEqual([id]);
      expect(one.logger.lines.join()).toContain('nobody listens');
    });

    it('waits as long as a busy host asks, and goes on with the present token', async () => {
      const { id } = await one.consent();
      const { credential } = await one.connections.tokens.open(id);
      await one.makeDue(id);
      host.faults.push({ kind: 'refuse', status: 429, retryAfter: '300' });
      expect((await one.connections.tokens.open(id)).credential).toEqual(
        credential,
      );
      const put = await one.row(id);
      const wait = Date.parse(put.refreshAt!) - Date.now();
      expect(wait).toBeGreaterThan(290_000);
      expect(wait).toBeLessThanOrEqual(300_000);
      expect(put).toMatchObject({ status: 'active', refreshFailures: 1 });
      expect(put.message).toMatch(/answered 429.*tries again at/);
      expect(put.wording).toEqual({
        id: 'renewalPutOff',
        values: {
          host: host.host,
          words: { id: 'gitHostAnswered', values: { status: 429 } },
          time: { time: put.refreshAt },
        },
      });
      await one.connections.upkeep.run();
      await one.connections.tokens.open(id);
      expect(host.refreshCalls).toBe(1);

      // The token ends before the host is well: expired, and still not given up.
      await one.makeDue(id, { expires_at: new Date(0).toISOString() });
      host.faults.push({ kind: 'refuse', status: 502 });
      expect(await failure(one.connections.tokens.open(id))).toMatch(
        /^ServiceUnavailableError: .*has expired.*502/,
      );
      expect(await one.row(id)).toMatchObject({
        status: 'expired',
        refreshFailures: 2,
        wording: { id: 'renewalPutOffEnded' },
      });
      await one.makeDue(id);
      await one.connections.tokens.open(id);
      const well = await one.row(id);
      expect(well).toMatchObject({ status: 'active', refreshFailures: 0 });
      expect(well.message).toBeUndefined();
      expect(well.wording).toBeUndefined();
      expect((await one.events(id)).map(event => event.action)).toEqual([
        'connection-made',
        'connection-expired',
        'connection-recovered',
      ]);
    });

    it('of a host that is down, or of a portal that it does not know, is put off', async () => {
      const { id } = await one.consent();
      await one.makeDue(id);
      host.faults.push({
        kind: 'redirect',
        location: 'http://169.254.169.254/latest',
      });
      await one.connections.upkeep.renewDue();
      expect((await one.row(id)).message).toMatch(
        /redirects its token address/,
      );

      await one.makeDue(id);
      const wrong = new ConnectionReplica(one.knex, host, {
        clientSecret: 'another',
      });
      await wrong.connections.upkeep.renewDue();
      expect(await one.row(id)).toMatchObject({
        message: expect.stringMatching(/invalid_client/),
        wording: {
          values: { words: expect.stringMatching(/^invalid_client/) },
        },
      });

      await host.stop();
      await one.makeDue(id);
      const later = new ConnectionReplica(one.knex, host);
      await expect(later.connections.upkeep.renewDue()).resolves.toBe(0);
      expect(await one.row(id)).toMatchObject({
        status: 'active',
        refreshFailures: 3,
        message: expect.stringMatching(/could not be reached \(ECONNREFUSED\)/),
        wording: {
          values: {
            words: {
              id: 'gitHostUnreached',
              values: { reason: 'ECONNREFUSED' },
            },
          },
        },
      });
      host = await OAuthHost.start();
    });

    it('that the host refuses ends the connection', async () => {
      const { id } = await one.consent();
      host.revokeEverything();
      await one.makeDue(id);
      expect(await failure(two.connections.tokens.open(id))).toMatch(
        /^ConflictError: The Git connection of ann .* is revoked\. .*\[hidden\].*connect the account again/,
      );
      expect(await one.row(id)).toMatchObject({ status: 'revoked' });
      expect((await one.events(id)).at(-1)).toMatchObject({
        action: 'connection-revoked',
        severity: 'warning',
      });
      await one.connections.upkeep.run();
      await two.connections.upkeep.run();
      expect(host.refreshCalls).toBe(1);

      // Connecting again makes it whole, under the same id.
      expect(await one.consent()).toMatchObject({ id, status: 'active' });
      await one.connections.tokens.open(id);
    });

    it('whose answer is lost ends as reconnect-needed, and is never repeated', async () => {
      const { id } = await one.consent();
      await one.makeDue(id);
      host.faults.push({ kind: 'lose' });
      expect(await failure(one.connections.tokens.open(id))).toMatch(
        /^ConflictError: .*reconnect-needed\. .*its answer was lost/,
      );
      for (const replica of [one, two]) {
        await replica.connections.upkeep.run();
        await failure(replica.connections.tokens.open(id));
      }
      expect(host.refreshCalls).toBe(1);
      const row = await one.row(id);
      expect(row).toMatchObject({
        status: 'reconnect-needed',
        wording: { id: 'renewalLost', values: { host: host.host } },
      });
      expect(row.refreshToken).toBeUndefined();
      expect((await one.events(id)).map(event => event.action)).toEqual([
        'connection-made',
        'connection-reconnect-needed',
      ]);
      expect(await one.logs(id)).toContainEqual(
        expect.objectContaining({ action: 'refresh', status: 'failed' }),
      );
    });

    it('that a crash cut off between request and answer is not repeated either', async () => {
      const victim = new ConnectionReplica(await shared.open(), host, {
        lostAfterMs: 200,
      });
      const { id } = await victim.consent();
      await victim.makeDue(id);
      const held = holdNextAnswer(host);
      const cutOff = victim.connections.upkeep.renewDue().then(
        () => 'survived',
        () => 'died',
      );
      await held.acted();
      // Others wait for it, and do not ask.
      expect((await one.row(id)).refreshAttempt).toBeDefined();
      await one.connections.upkeep.renewDue();
      expect(host.refreshCalls).toBe(1);
      // As a killed process: nothing of it reaches the database any more.
      await victim.knex.destroy();

      await until(async () => (await one.connections.renewal.failLost()) === 1);
      expect(await two.connections.renewal.failLost()).toBe(0);
      await two.connections.upkeep.run();
      expect(await one.row(id)).toMatchObject({ status: 'reconnect-needed' });
      expect((await one.row(id)).refreshAttempt).toBeUndefined();
      expect(
        (await one.events(id)).filter(
          ({ action }) => action === 'connection-reconnect-needed',
        ),
      ).toHaveLength(1);
      expect(host.refreshCalls).toBe(1);
      held.release();
      expect(await cutOff).toBe('died');
    });

    it('that was only slow makes a connection whole again', async () => {
      const slow = new ConnectionReplica(await shared.open(), host, {
        lostAfterMs: 0,
      });
      const { id } = await slow.consent();
      await slow.makeDue(id);
      const held = holdNextAnswer(host);
      const renewing = slow.connections.upkeep.renewDue();
      await held.acted();
      await one.connections.renewal.failLost();
      expect(await one.row(id)).toMatchObject({ status: 'reconnect-needed' });
      held.release();
      expect(await renewing).toBe(1);
      expect(await one.row(id)).toMatchObject({ status: 'active' });
      const { credential } = await one.connections.tokens.open(id);
      expect(host.knows(credential.token)).toBe(true);
    });
  });

  describe('checks', () => {
    it('notice tokens that were revoked, and ended ones, and say so once', async () => {
      const pasted = await one.connections.service.connect(USER, {
        host: host.host,
        token: host.personalToken(ANN),
      });
      const consented = await one.consent({ id: 8, login: 'annie' });
      const ended = await one.connections.service.connect(OTHER, {
        host: host.host,
        token: host.personalToken({ id: 9, login: 'other' }),
      });
      await one
        .knex('git_platform_connections')
        .where({ id: ended.id })
        .update({ expires_at: new Date(0).toISOString() });
      host.revokeEverything();

      await Promise.all([
        one.connections.upkeep.run(),
        two.connections.upkeep.run(),
      ]);
      await one.connections.upkeep.run();
      expect(
        Object.fromEntries(
          (await rows()).map(({ id, status }) => [id, status]),
        ),
      ).toEqual({
        [pasted.id]: 'revoked',
        [consented.id]: 'revoked',
        [ended.id]: 'expired',
      });
      const { service } = one.connections;
      expect(
        [...(await service.list(USER)), ...(await service.list(OTHER))].map(
          ({ wording }) => wording,
        ),
      ).toEqual([
        {
          id: 'connectionRefused',
          values: {
            host: host.host,
            how: {
              id: 'withNewToken',
              values: { url: `${host.url}/user/settings/applications` },
            },
          },
        },
        { id: 'renewalRefused', values: expect.any(Object) },
        { id: 'tokenEndedAgain' },
      ]);
      for (const { id } of [pasted, consented, ended]) {
        expect(
          (await one.events(id)).filter(({ action }) =>
            /revoked|expired/.test(action),
          ),
        ).toHaveLength(1);
      }
    });

    it('warn once, and well before, of a token that only its user can renew', async () => {
      const days = (count: number) =>
        new Date(Date.now() + count * 24 * 60 * 60_000).toISOString();
      const { id, message } = await one.connections.service.connect(USER, {
        host: host.host,
        token: host.personalToken(ANN),
        expiresAt: days(8),
      });
      expect(message).toBeUndefined();
      await one.connections.upkeep.checkDue();
      // Two days later, as the row sees it.
      await one
        .knex('git_platform_connections')
        .where({ id })
        .update({
          expires_at: days(6),
          last_sync_at: days(-2),
          validate_at: null,
        });
      await Promise.all([
        one.connections.upkeep.checkDue(),
        two.connections.upkeep.checkDue(),
      ]);
      await two.connections.service.test(USER, id);
      const row = await one.row(id);
      expect(row.message).toBe(
        `The token ends at ${row.expiresAt}: connect the account again with a new one before`,
      );
      expect(row.wording).toEqual({
        id: 'connectionEnds',
        values: { time: { time: row.expiresAt } },
      });
      expect((await one.events(id)).map(event => event.action)).toEqual([
        'connection-made',
        'connection-expires-soon',
      ]);
    });

    it('leave no wording beside a message that a portal of before them wrote', async () => {
      host.scopes = ['all'];
      const { id } = await one.connections.service.connect(USER, {
        host: host.host,
        token: host.personalToken(ANN),
      });
      await one
        .knex('git_platform_connections')
        .where({ id })
        .update({ status: 'revoked', message: 'It is over' });
      const [document] = await two.connections.service.list(USER);
      expect(document.message).toBe('It is over');
      expect(document.wording).toBeUndefined();
    });

    it('renew a token that ended early, and keep what the host does not say', async () => {
      const { id } = await one.consent();
      host.failApi(503);
      await one.connections.upkeep.checkDue();
      expect(await one.row(id)).toMatchObject({ status: 'active' });
      expect(await failure(one.connections.service.test(USER, id))).toMatch(
        /^ServiceUnavailableError/,
      );
      host.failApi(undefined);

      const { credential } = await one.connections.tokens.open(id);
      host.endAccess(credential.token);
      const tested = await two.connections.service.test(USER, id);
      expect(tested).toMatchObject({ status: 'active' });
      expect(host.refreshCalls).toBe(1);
      await expect(
        one.connections.service.test(OTHER, id),
      ).rejects.toMatchObject({ name: 'NotFoundError' });
    });

    it('bring back a pasted token that the host accepts again', async () => {
      const token = host.personalToken(ANN);
      const { id } = await one.connections.service.connect(USER, {
        host: host.host,
        token,
      });
      await one
        .knex('git_platform_connections')
        .where({ id })
        .update({ status: 'revoked' });
      expect(await one.connections.service.test(USER, id)).toMatchObject({
        status: 'active',
      });
      expect((await one.events(id)).at(-1)).toMatchObject({
        action: 'connection-recovered',
      });
    });
  });

  describe('the end', () => {
    it('revokes at the host, and leaves what is another user’s alone', async () => {
      const replica = new ConnectionReplica(one.knex, host, {
        revocation: true,
      });
      const { id } = await replica.consent();
      const { credential } = await replica.connections.tokens.open(id);
      const { service } = replica.connections;
      expect(await failure(service.disconnect(OTHER, id))).toMatch(
        /^NotFoundError: You have no Git connection/,
      );
      await service.disconnect(USER, id);
      expect(host.revoked).toContain(credential.token);
      expect(await rows()).toEqual([]);
      expect((await one.events(id)).at(-1)).toMatchObject({
        action: 'connection-removed',
      });
      expect(await failure(service.disconnect(USER, id))).toMatch(
        /^NotFoundError/,
      );
    });

    it('goes on when the host cannot be asked, and says so', async () => {
      const replica = new ConnectionReplica(one.knex, host, {
        revocation: true,
      });
      const { id } = await replica.consent();
      await host.stop();
      await replica.connections.service.disconnect(USER, id);
      expect(await rows()).toEqual([]);
      expect((await one.events(id)).at(-1)).toMatchObject({
        message: expect.stringContaining('could not be asked to end'),
      });
      host = await OAuthHost.start();
    });

    it('waits while projects read with it, unless forced', async () => {
      const { id } = await one.consent();
      const { project } = await seedProject(one.knex, 'shop');
      await one.knex.transaction(trx =>
        one.stores.gitAuths.replace(trx, {
          id: one.stores.gitAuths.newId(),
          projectId: project.id,
          createdBy: USER,
          material: { authType: 'oauth', oauthAccountId: id },
        }),
      );
      const { service } = one.connections;
      expect((await service.list(USER))[0].usedBy).toEqual(['shop']);
      expect(await failure(service.disconnect(USER, id))).toMatch(
        /^ConflictError: Flux reads the repository of shop with ann/,
      );
      await one.connections.tokens.open(id);

      await service.disconnect(USER, id, { force: true });
      expect(await service.list(USER)).toMatchObject([
        {
          id,
          status: 'revoked',
          usedBy: ['shop'],
          wording: { id: 'disconnected' },
        },
      ]);
      expect(await failure(two.connections.tokens.open(id))).toMatch(
        /^ConflictError: .*Its owner disconnected it/,
      );
      const auth = await one.stores.gitAuths.getByProject(project.id);
      expect(auth).toMatchObject({
        validationStatus: 'invalid',
        validationMessage: `The Git connection ann at ${host.host} was disconnected by its owner: give the project another credential`,
        validationWording: {
          id: 'credentialDisconnected',
          values: {
            account: {
              id: 'accountAt',
              values: { name: 'ann', host: host.host },
            },
          },
        },
      });
      expect(
        await one.knex('unified_events').where({ project_id: project.id }),
      ).toMatchObject([{ action: 'credential-invalid' }]);
      expect(await service.test(USER, id)).toMatchObject({ status: 'revoked' });

      // The same account again, and the project's credential has a token again.
      expect(await one.consent()).toMatchObject({ id, status: 'active' });
      await two.connections.tokens.open(id);
    });
  });
});
