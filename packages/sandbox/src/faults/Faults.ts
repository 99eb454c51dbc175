import { IncomingMessage, ServerResponse } from 'node:http';

/** Which requests a fault is for; what is left out matches everything. */
export interface FaultMatch {
  method?: string;
  /** Tested against path and query. */
  path?: RegExp;
}

/** Effects on a whole request. */
export type RequestEffect =
  /** Answer normally, but only after this time. */
  | { type: 'slow'; delayMs: number }
  /** Never answer; the connection stays open. */
  | { type: 'hang' }
  /** Answer with this status: 410, 429, 5xx. */
  | { type: 'status'; code: number; retryAfterSeconds?: number }
  /** Cut the connection instead of answering. */
  | { type: 'drop' };

/** Effects on an open watch, once it has sent `afterEvents` events (0: at once). */
export type WatchEffect =
  /** Cut the connection. */
  | { type: 'watch-drop'; afterEvents?: number }
  /** Send half of a line, then cut the connection. */
  | { type: 'watch-torn'; afterEvents?: number }
  /** Send a line that is no JSON, then go on. */
  | { type: 'watch-malformed'; afterEvents?: number }
  /** Send an `ERROR` event with a 410 and end. */
  | { type: 'watch-expired'; afterEvents?: number }
  /** Stay open and send nothing any more, no bookmarks either. */
  | { type: 'watch-silent'; afterEvents?: number };

/** One way to misbehave. */
export interface Fault {
  match?: FaultMatch;
  /** How often it strikes; always when absent. */
  count?: number;
  effect: RequestEffect | WatchEffect;
}

interface ActiveFault {
  id: string;
  fault: Fault;
  remaining: number;
}

/** Body of an answer that a fault gives instead of the server. */
export type FaultBody = (code: number, retryAfterSeconds?: number) => unknown;

/** Faults that are switched on, and the means to suffer them. Shared by every HTTP server of the sandbox. */
export class Faults {
  private readonly active: ActiveFault[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly hanging = new Set<ServerResponse>();
  private counter = 0;

  /** Switches a fault on; the returned function switches it off again. */
  add(fault: Fault): () => void {
    const { id } = this.register(fault);
    return () => this.remove(id);
  }

  /** Like `add`, for callers that can only hold an id. */
  register(fault: Fault): { id: string } {
    this.counter++;
    const id = String(this.counter);
    this.active.push({ id, fault, remaining: fault.count ?? Infinity });
    for (const listener of [...this.listeners]) {
      listener();
    }
    return { id };
  }

  remove(id: string): boolean {
    const index = this.active.findIndex(entry => entry.id === id);
    if (index >= 0) {
      this.active.splice(index, 1);
    }
    return index >= 0;
  }

  /** Switches all faults off and cuts the connections that hang. */
  clear(): void {
    this.active.length = 0;
    for (const response of this.hanging) {
      response.destroy();
    }
    this.hanging.clear();
  }

  /** What is switched on, oldest first. */
  list(): Array<{ id: string; fault: Fault; remaining: number }> {
    return this.active.map(entry => ({ ...entry }));
  }

  /** Calls `listener` whenever a fault is added, so that open watches can suffer it without waiting for an event. */
  onAdded(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Suffers the first matching request fault. True when the request was answered, or never will be. */
  async intercept(
    request: IncomingMessage,
    response: ServerResponse,
    body: FaultBody,
  ): Promise<boolean> {
    const effect = this.take(request, isRequestEffect);
    switch (effect?.type) {
      case 'slow':
        await delayUnlessClosed(effect.delayMs, response);
        return response.destroyed;
      case 'hang':
        this.hanging.add(response);
        response.once('close', () => this.hanging.delete(response));
        return true;
      case 'status':
        if (effect.retryAfterSeconds !== undefined) {
          response.setHeader('Retry-After', String(effect.retryAfterSeconds));
        }
        response.writeHead(effect.code, { 'Content-Type': 'application/json' });
        response.end(
          JSON.stringify(body(effect.code, effect.retryAfterSeconds)),
        );
        return true;
      case 'drop':
        request.socket.destroy();
        return true;
      default:
        return false;
    }
  }

  /** The fault a watch must suffer now, having sent this many events. */
  takeForWatch(
    request: IncomingMessage,
    eventsSent: number,
  ): WatchEffect | undefined {
    return this.take(
      request,
      (effect): effect is WatchEffect =>
        !isRequestEffect(effect) && eventsSent >= (effect.afterEvents ?? 0),
    );
  }

  private take<T extends Fault['effect']>(
    request: IncomingMessage,
    accepts: (effect: Fault['effect']) => effect is T,
  ): T | undefined {
    for (const entry of this.active) {
      const { effect, match } = entry.fault;
      if (accepts(effect) && matches(match, request)) {
        entry.remaining--;
        if (entry.remaining <= 0) {
          this.remove(entry.id);
        }
        return effect;
      }
    }
    return undefined;
  }
}

function isRequestEffect(effect: Fault['effect']): effect is RequestEffect {
  return !effect.type.startsWith('watch-');
}

function matches(
  match: FaultMatch | undefined,
  request: IncomingMessage,
): boolean {
  return (
    (!match?.method ||
      match.method.toUpperCase() === request.method?.toUpperCase()) &&
    (!match?.path || match.path.test(request.url ?? ''))
  );
}

function delayUnlessClosed(
  delayMs: number,
  response: ServerResponse,
): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, delayMs);
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
