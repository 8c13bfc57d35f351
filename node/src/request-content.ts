// What a request that is in no catalogue sends beside its path: read from what the user gave, and refused where some of it
// would not be sent.

import { encode, HALF_A_CHARACTER, invalid, isWellFormed, refuseUnreadable } from './arguments';
import { InvalidRequestError, type FieldError } from './errors';
import { described, fields, said } from './records';

/** What {@link CallFluent.request} sends beside method and path. */
export interface RequestContent {
  /** The body, sent as JSON. */
  json?: unknown;
  /** The query; what is `undefined` or `null` is left out. */
  query?: Readonly<Record<string, string | number | boolean | null | undefined>>;
}

/** Body and query as JSON text; the body is `null` where there is none. */
export function contentOf(content: RequestContent): readonly [body: string | null, query: string] {
  try {
    return read(content);
  } catch (thrown) {
    // To look at what a user gave may run code of the user's.
    throw thrown instanceof InvalidRequestError
      ? thrown
      : invalid('request', [{ field: 'content', reason: `cannot be read: ${said(thrown)}` }]);
  }
}

function read(content: RequestContent): readonly [body: string | null, query: string] {
  const { json, query, ...others } = fields('content', 'json', content) as RequestContent;
  refuseUnreadable('request', others);
  const problems: FieldError[] = Object.keys(others).map((name) => ({ field: name, reason: 'is no content; there are json, query' }));
  const pairs = pairsOf(query ?? {}, problems);
  if (problems.length > 0) {
    throw invalid('request', problems);
  }
  const body = json === undefined ? null : encode('request', { json }).slice('{"json":'.length, -1);
  return [body === '' ? null : body, JSON.stringify(pairs)];
}

function pairsOf(query: object, problems: FieldError[]): [string, string][] {
  if (typeof query !== 'object' || Symbol.iterator in query) {
    const reason = `expected an object of texts, such as Object.fromEntries(query), got ${described(query)}`;
    problems.push({ field: 'query', reason });
    return [];
  }
  const pairs: [string, string][] = [];
  const given = fields('query', 'page', query) as Record<string, unknown>;
  refuseUnreadable('request', given);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null) {
      continue;
    }
    const isFinite = typeof value !== 'number' || Number.isFinite(value);
    if (!isFinite || !['string', 'number', 'boolean', 'bigint'].includes(typeof value)) {
      problems.push({ field: `query.${name}`, reason: `expected text, a number, true or false, got ${described(value)}` });
    } else if (!isWellFormed(name) || !isWellFormed(String(value))) {
      problems.push({ field: `query.${name}`, reason: HALF_A_CHARACTER });
    } else {
      pairs.push([name, String(value)]);
    }
  }
  return pairs;
}
