// The response headers of an error. Express, Koa and Fastify copy the enumerable properties of
// `error.headers` into the response of the user's server, where `content-encoding` or
// `transfer-encoding` of another response makes the body unreadable.

import type { inspect } from 'node:util';

/** `inspect.custom` is this symbol. Loading `node:util` for it would take a tenth of the import. */
const inspectSymbol: typeof inspect.custom = Symbol.for('nodejs.util.inspect.custom') as typeof inspect.custom;

/** Headers by name. `console.log` and `JSON.stringify` show them; `Object.keys` does not. */
class ErrorHeaders {
  constructor(headers: Readonly<Record<string, string>>) {
    for (const [name, value] of Object.entries(headers)) {
      Object.defineProperty(this, name.toLowerCase(), { value });
    }
  }

  toJSON(): Record<string, string> {
    const names = Object.getOwnPropertyNames(this);
    return Object.fromEntries(names.map((name) => [name, (this as unknown as Record<string, string>)[name] ?? '']));
  }

  [inspectSymbol](): Record<string, string> {
    return this.toJSON();
  }
}

/** Returns the headers in a form that no framework copies. */
export function errorHeaders(
  headers: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> | undefined {
  if (headers === undefined) {
    return undefined;
  }
  // The headers of one error can be passed to the constructor of another.
  const values = headers instanceof ErrorHeaders ? headers.toJSON() : headers;
  return new ErrorHeaders(values) as unknown as Readonly<Record<string, string>>;
}
