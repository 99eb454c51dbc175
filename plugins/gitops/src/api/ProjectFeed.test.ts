import { GITOPS_SIGNAL_CHANNEL } from '@backstage-gitops/plugin-gitops-common';
import { projectDocument } from '../__testUtils__/projectDocument';
import { TestSignalApi } from '../__testUtils__/TestSignalApi';
import { setVisibility } from '../__testUtils__/visibility';
import { GitopsClient } from './GitopsClient';
import { getProjectFeed } from './projectFeeds';

const REF = 'component:default/shop';

/** A portal that answers what the test says, and counts. */
function setup(options: { signals?: boolean } = {}) {
  const portal = {
    calls: [] as string[],
    answer: async (): Promise<Response> => Response.json(projectDocument()),
  };
  const client = new GitopsClient({
    fetchApi: {
      fetch: (input, init) => {
        portal.calls.push(String(input));
        // Like a real fetch, a hanging answer ends when it is aborted.
        return Promise.race([
          portal.answer(),
          new Promise<never>((_, reject) =>
            init?.signal?.addEventListener('abort', () =>
              reject(new Error('aborted')),
            ),
          ),
        ]);
      },
    },
  });
  const signals = options.signals ? new TestSignalApi() : undefined;
  const feed = getProjectFeed(client, REF, signals);
  const listener = jest.fn();
  return { portal, client, signals, feed, listener };
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

describe('ProjectFeed', () => {
  beforeEach(() => {
    jest.useFakeTimers();
    jest.spyOn(Math, 'random').mockReturnValue(1);
    setVisibility('visible');
  });
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('reads once for all viewers of an entity and shares the answer', async () => {
    const { portal, client, feed, listener } = setup();
    const again = getProjectFeed(client, REF, undefined);
    expect(again).toBe(feed);
    feed.subscribe(listener);
    again.subscribe(jest.fn());
    expect(feed.getSnapshot().phase).toBe('loading');
    await pass(0);
    expect(portal.calls).toEqual([
      'plugin://gitops/entities/component/default/shop',
    ]);
    expect(feed.getSnapshot()).toMatchObject({
      phase: 'ready',
      project: { slug: 'shop', version: 10 },
    });
  });

  it('asks nothing when the viewer goes from card to tab, and forgets when nobody comes back', async () => {
    const { portal, client, signals, feed, listener } = setup({
      signals: true,
    });
    const leave = feed.subscribe(listener);
    await pass(0);
    leave();
    await pass(3_000);
    const leaveAgain = feed.subscribe(listener);
    await pass(0);
    expect(portal.calls).toHaveLength(1);
    leaveAgain();
    await pass(31_000);
    expect(portal.calls).toHaveLength(1);
    expect(signals?.subscriberCount(GITOPS_SIGNAL_CHANNEL)).toBe(0);
    expect(getProjectFeed(client, REF, signals)).not.toBe(feed);
  });

  it('reads before its viewer is on screen, once, and lets go if none comes', async () => {
    const { portal, client, feed, listener, signals } = setup({
      signals: true,
    });
    feed.prepare();
    feed.prepare();
    feed.subscribe(listener);
    await pass(0);
    expect(portal.calls).toHaveLength(1);
    expect(listener).toHaveBeenCalledTimes(1);
    await pass(10_000);
    expect(portal.calls).toHaveLength(2);

    const unseen = getProjectFeed(client, 'component:default/till', signals);
    unseen.prepare();
    await pass(31_000);
    expect(portal.calls.filter(url => url.endsWith('/till'))).toHaveLength(1);
    expect(signals?.subscriberCount(GITOPS_SIGNAL_CHANNEL)).toBe(1);
    expect(getProjectFeed(client, 'component:default/till', signals)).not.toBe(
      unseen,
    );
  });

  it('polls at 10 s without signals, rests while hidden and reads when shown again', async () => {
    const { portal, feed, listener } = setup();
    feed.subscribe(listener);
    await pass(0);
    await pass(9_900);
    expect(portal.calls).toHaveLength(1);
    await pass(200);
    expect(portal.calls).toHaveLength(2);
    setVisibility('hidden');
    await pass(300_000);
    expect(portal.calls).toHaveLength(2);
    setVisibility('visible');
    await pass(0);
    expect(portal.calls).toHaveLength(3);
  });

  it('re-reads on a newer version of this project only, one read at a time', async () => {
    const { portal, signals, feed, listener } = setup({ signals: true });
    feed.subscribe(listener);
    await pass(0);
    const publish = (projectId: string, version: number) =>
      signals?.publish(GITOPS_SIGNAL_CHANNEL, {
        versions: { [projectId]: version },
      });

    publish('other', 99);
    publish('p-1', 10);
    signals?.publish(GITOPS_SIGNAL_CHANNEL, { nonsense: true });
    await pass(0);
    expect(portal.calls).toHaveLength(1);

    // Signals during a read cause exactly one more.
    let release = () => {};
    portal.answer = async () => {
      await new Promise<void>(resolve => {
        release = resolve;
      });
      return Response.json(projectDocument({ version: 11 }));
    };
    publish('p-1', 11);
    await pass(0);
    publish('p-1', 12);
    publish('p-1', 13);
    await pass(0);
    expect(portal.calls).toHaveLength(2);
    portal.answer = async () => Response.json(projectDocument({ version: 13 }));
    release();
    await pass(0);
    expect(portal.calls).toHaveLength(3);
    expect(feed.getSnapshot().project?.version).toBe(13);

    // Signals are proven: the timer only guards against a silent connection.
    await pass(59_000);
    expect(portal.calls).toHaveLength(3);
    await pass(2_000);
    expect(portal.calls).toHaveLength(4);
  });

  it('asks more often while a cluster is out of reach, whose return no signal tells', async () => {
    const { portal, signals, feed, listener } = setup({ signals: true });
    const [cluster] = projectDocument().clusters;
    const answerWith = (state: 'live' | 'unreachable') => {
      portal.answer = async () =>
        Response.json(projectDocument({ clusters: [{ ...cluster, state }] }));
    };
    answerWith('unreachable');
    feed.subscribe(listener);
    await pass(0);
    signals?.publish(GITOPS_SIGNAL_CHANNEL, { versions: { other: 1 } });
    await pass(10_100);
    expect(portal.calls).toHaveLength(2);
    answerWith('live');
    await pass(10_100);
    expect(feed.getSnapshot().project?.clusters).toMatchObject([
      { state: 'live' },
    ]);
    await pass(55_000);
    expect(portal.calls).toHaveLength(3);
  });

  it('asks again soon when a replica has not caught up with the signal', async () => {
    const { portal, signals, feed, listener } = setup({ signals: true });
    feed.subscribe(listener);
    await pass(0);
    signals?.publish(GITOPS_SIGNAL_CHANNEL, { versions: { 'p-1': 11 } });
    await pass(0);
    expect(portal.calls).toHaveLength(2);
    portal.answer = async () => Response.json(projectDocument({ version: 11 }));
    await pass(2_100);
    expect(feed.getSnapshot().project?.version).toBe(11);
  });

  it('never goes back to an older version, but follows a project made anew', async () => {
    const { portal, feed, listener } = setup();
    feed.subscribe(listener);
    await pass(0);
    portal.answer = async () =>
      Response.json(projectDocument({ version: 9, name: 'Old' }));
    await feed.refresh();
    expect(feed.getSnapshot().project).toMatchObject({
      version: 10,
      name: 'Shop',
    });
    portal.answer = async () =>
      Response.json(projectDocument({ id: 'p-2', version: 1 }));
    await feed.refresh();
    expect(feed.getSnapshot().project).toMatchObject({ id: 'p-2', version: 1 });
  });

  it('keeps what it knows on errors and backs off', async () => {
    const { portal, feed, listener } = setup();
    feed.subscribe(listener);
    await pass(0);
    portal.answer = async () => new Response('no', { status: 503 });
    await feed.refresh();
    expect(feed.getSnapshot()).toMatchObject({
      phase: 'ready',
      project: { version: 10 },
      error: { name: 'ResponseError' },
    });
    const before = portal.calls.length;
    await pass(2_000 + 4_000 + 8_000 + 50);
    expect(portal.calls).toHaveLength(before + 3);
    await pass(15_000);
    expect(portal.calls).toHaveLength(before + 3);

    portal.answer = async () => Response.json(projectDocument());
    await feed.refresh();
    expect(feed.getSnapshot().error).toBeUndefined();
  });

  it('gives up on an answer that does not come and says so', async () => {
    const { portal, feed, listener } = setup();
    portal.answer = () => new Promise(() => {});
    feed.subscribe(listener);
    await pass(20_100);
    expect(feed.getSnapshot()).toMatchObject({
      phase: 'loading',
      error: { message: 'The portal did not answer within 20 seconds' },
    });
  });

  it('takes 404 as absent, and notices when the project appears', async () => {
    const { portal, feed, listener } = setup();
    portal.answer = async () => new Response('{}', { status: 404 });
    feed.subscribe(listener);
    await pass(0);
    expect(feed.getSnapshot()).toMatchObject({ phase: 'absent' });
    expect(feed.getSnapshot().project).toBeUndefined();
    portal.answer = async () => Response.json(projectDocument());
    await pass(30_100);
    expect(feed.getSnapshot().phase).toBe('ready');
  });

  it('reads often while a set-up runs or a request is followed, and stops by itself', async () => {
    const { portal, feed, listener } = setup();
    feed.subscribe(listener);
    await pass(0);
    feed.watchClosely();
    await pass(10_100);
    expect(portal.calls.length).toBe(6);
    await pass(120_000);
    const before = portal.calls.length;
    await pass(9_000);
    expect(portal.calls.length - before).toBeLessThanOrEqual(1);
    portal.answer = async () =>
      Response.json(
        projectDocument({
          version: 11,
          status: 'initializing',
          initialization: { attempt: 1, progress: 5, running: true },
        }),
      );
    await feed.refresh();
    const during = portal.calls.length;
    await pass(6_100);
    expect(portal.calls.length - during).toBe(3);
  });

  it('measures the distance between the clocks', async () => {
    const { portal, feed, listener } = setup();
    portal.answer = async () =>
      Response.json(
        projectDocument({
          serverTime: new Date(Date.now() - 90_000).toISOString(),
        }),
      );
    feed.subscribe(listener);
    await pass(0);
    expect(feed.getSnapshot().clockOffset).toBe(-90_000);
  });
});
