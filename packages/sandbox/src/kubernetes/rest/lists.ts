import { inVersion, tableOf } from '../DefaultObjectStore';
import { ResourceKind, apiVersionOf } from '../ResourceKind';
import { StatusError } from '../StatusError';
import { parseFieldSelector } from '../fieldSelector';
import { parseLabelSelector } from '../labelSelector';
import {
  badRequest,
  expired,
  forbiddenValue,
  invalid,
  tooLargeResourceVersion,
} from '../statusErrors';
import { ObjectDatabase } from '../storage/ObjectDatabase';
import { StoredObject } from '../storage/ResourceTable';

/** Position inside a list that is read page by page. `revision` -1 stands for "whatever is newest". */
interface ContinueToken {
  revision: number;
  after: string;
}

const listOptions = { group: 'meta.k8s.io', kind: 'ListOptions' };

function encodeToken({ revision, after }: ContinueToken): string {
  return Buffer.from(
    JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: after }),
  ).toString('base64url');
}

function decodeToken(text: string): ContinueToken {
  try {
    const { rv, start } = JSON.parse(
      Buffer.from(text, 'base64url').toString('utf8'),
    );
    if (typeof rv === 'number' && typeof start === 'string') {
      return { revision: rv, after: start };
    }
  } catch {
    // Reported below, together with tokens that are JSON of another kind.
  }
  throw badRequest(
    'invalid continue token: continue key is not valid: it is no token of a list',
  );
}

/** Reads a `resourceVersion` parameter; undefined when absent. */
export function parseRevision(text: string | null): number | undefined {
  if (!text) {
    return undefined;
  }
  if (!/^\d+$/.test(text)) {
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(
        text,
      )}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  return Number(text);
}

function checkOptions(query: URLSearchParams): void {
  const match = query.get('resourceVersionMatch');
  const errors = [];
  if (match && query.get('continue')) {
    errors.push(
      forbiddenValue(
        'resourceVersionMatch',
        'resourceVersionMatch is forbidden when continue is provided',
      ),
    );
  } else if (match && !query.get('resourceVersion')) {
    errors.push(
      forbiddenValue(
        'resourceVersionMatch',
        'resourceVersionMatch is forbidden unless resourceVersion is provided',
      ),
    );
  } else if (match === 'Exact' && query.get('resourceVersion') === '0') {
    errors.push(
      forbiddenValue(
        'resourceVersionMatch',
        'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
      ),
    );
  }
  if (errors.length > 0) {
    throw invalid(listOptions, '', errors);
  }
}

/** The revision a list is read at. */
function listRevision(
  query: URLSearchParams,
  token: ContinueToken | undefined,
  current: number,
): number {
  if (token) {
    return token.revision < 0 ? current : token.revision;
  }
  const wanted = parseRevision(query.get('resourceVersion'));
  if (wanted !== undefined && wanted > current) {
    throw tooLargeResourceVersion(wanted, current);
  }
  const match = query.get('resourceVersionMatch');
  // With a limit, an older revision without further words means exactly that revision.
  const exact =
    match === 'Exact' || (!match && !!wanted && !!query.get('limit'));
  return exact && wanted ? wanted : current;
}

/** Text of an item inside a list: built-in kinds leave out what the list already says. */
export function itemJson(kind: ResourceKind, stored: StoredObject): string {
  const { json } = inVersion(kind, stored);
  if (kind.custom) {
    return json;
  }
  const head = `{"apiVersion":${JSON.stringify(
    apiVersionOf(kind),
  )},"kind":${JSON.stringify(kind.kind)},`;
  return json.startsWith(head) ? `{${json.slice(head.length)}` : json;
}

/** The page cannot be read at its revision any more; the answer says how to go on without consistency. */
class ExpiredPageError extends StatusError {
  constructor(private readonly continueToken: string) {
    super(
      410,
      'Expired',
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    );
  }

  toStatus(): Record<string, unknown> {
    return {
      ...super.toStatus(),
      metadata: { continue: this.continueToken },
    };
  }
}

/** JSON text of a list answer: selectors, pages, and older revisions included. */
export function listJson(
  database: ObjectDatabase,
  kind: ResourceKind,
  namespace: string | undefined,
  query: URLSearchParams,
): string {
  checkOptions(query);
  const labels = parseLabelSelector(query.get('labelSelector') ?? undefined);
  const fields = parseFieldSelector(
    query.get('fieldSelector') ?? undefined,
    kind,
  );
  const limit = Number(query.get('limit') ?? 0) || 0;
  const continueText = query.get('continue');
  const token = continueText ? decodeToken(continueText) : undefined;
  const table = database.table(tableOf(kind));
  const revision = listRevision(query, token, database.revision);
  if (revision < table.oldestRevision) {
    throw token
      ? new ExpiredPageError(encodeToken({ revision: -1, after: token.after }))
      : expired(`The resourceVersion for the provided list is too old.`);
  }

  const items: string[] = [];
  let next: string | undefined;
  let remaining = 0;
  let last = '';
  for (const { key, stored } of table.snapshotAt(revision, namespace)) {
    if (token && key <= token.after) {
      continue;
    }
    const { object } = stored;
    if (
      (labels && !labels(object.metadata.labels)) ||
      (fields && !fields(object))
    ) {
      continue;
    }
    if (limit > 0 && items.length >= limit) {
      next ??= encodeToken({ revision, after: last });
      remaining++;
    } else {
      items.push(itemJson(kind, stored));
      last = key;
    }
  }
  const metadata = {
    resourceVersion: String(revision),
    ...(next ? { continue: next } : {}),
    // Unknown to the API server when it would have to try every object against a selector.
    ...(next && !labels && !fields ? { remainingItemCount: remaining } : {}),
  };
  return `{"kind":"${kind.kind}List","apiVersion":"${apiVersionOf(
    kind,
  )}","metadata":${JSON.stringify(metadata)},"items":[${items.join(',')}]}`;
}
