// Body and query of requests to endpoints that the catalog does not contain.

import { encode, invalid, isWellFormed, LONE_SURROGATE, MISPLACED, refuseInvalid } from './arguments';
import { InvalidRequestError, type FieldError } from './errors';
import { suggestion } from './names';
import { isRequestOption } from './options';
import { fields, messageOf, typeName } from './records';

/** Body and query of {@link CallFluent.request}. */
export interface RequestContent {
  /** Body, sent as JSON. */
  json?: unknown;
  /** Query parameters. `undefined` and `null` are omitted. */
  query?: Readonly<Record<string, string | number | boolean | null | undefined>>;
}

const NAMES = ['json', 'query'];

/** Encodes body and query as JSON. The body is `null` if there is none. */
export function encodeContent(content: RequestContent): readonly [body: string | null, query: string] {
  try {
    return encodeChecked(content);
  } catch (thrown) {
    // Reading what a user passed can run code of the user.
    throw thrown instanceof InvalidRequestError
      ? thrown
      : invalid('request', [{ field: 'content', reason: `cannot be read: ${messageOf(thrown)}` }]);
  }
}

function encodeChecked(content: RequestContent): readonly [body: string | null, query: string] {
  const { json, query, ...others } = fields('content', 'json', content ?? {}) as RequestContent;
  refuseInvalid('request', others);
  const errors: FieldError[] = Object.keys(others).map((field) => ({
    field,
    reason: isRequestOption(field) ? MISPLACED : `unknown field${suggestion(field, NAMES)}`,
  }));
  const pairs = pairsOf(query ?? {}, errors);
  if (errors.length > 0) {
    throw invalid('request', errors);
  }
  const body = json === undefined ? null : encode('request', { json }).slice('{"json":'.length, -1);
  return [body === '' ? null : body, JSON.stringify(pairs)];
}

function pairsOf(query: object, errors: FieldError[]): [string, string][] {
  if (typeof query !== 'object' || Symbol.iterator in query) {
    const reason = `expected an object such as { page: 2 }, got ${typeName(query)}; convert it with Object.fromEntries`;
    errors.push({ field: 'query', reason });
    return [];
  }
  const pairs: [string, string][] = [];
  const given = fields('query', 'page', query) as Record<string, unknown>;
  refuseInvalid('request', given);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null) {
      continue;
    }
    const isFinite = typeof value !== 'number' || Number.isFinite(value);
    if (!isFinite || !['string', 'number', 'boolean', 'bigint'].includes(typeof value)) {
      errors.push({ field: `query.${name}`, reason: `expected a string, number or boolean, got ${typeName(value)}` });
    } else if (!isWellFormed(name) || !isWellFormed(String(value))) {
      errors.push({ field: `query.${name}`, reason: LONE_SURROGATE });
    } else {
      pairs.push([name, String(value)]);
    }
  }
  return pairs;
}
