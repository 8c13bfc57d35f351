// What can be set for a client and for a call, and the check that each is of its type, before the native side reads it.

import { CLIENT as MAKING, encode, HALF_A_CHARACTER, invalid, isWellFormed } from './arguments';
import { environmentVariables } from './environment';
import type { FieldError } from './errors';
import { described, said } from './records';
import type { Logger } from './logging';

/** What every method takes as its last argument. */
export interface RequestOptions {
  /** Ends the request at the server; the promise rejects at once with the signal's reason. */
  signal?: AbortSignal | undefined;
  /**
   * How long the whole call may take, with all its attempts and the waits between them, in milliseconds; `Infinity` lets
   * it take as long as it takes. By default what the client was made with.
   */
  timeout?: number | undefined;
  /** How often the call is tried again, where that is harmless; 0 and up. By default what the client was made with. */
  maxRetries?: number | undefined;
  /** Headers beside those of the client. `Authorization` cannot be set. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Fields to add to the JSON body, under their own names and inside the API's wrapper where it has one. */
  extraBody?: Readonly<Record<string, unknown>> | undefined;
}

/** What {@link CallFluent.withOptions} changes. */
export interface SharedOptions extends Omit<RequestOptions, 'signal'> {
  /** Whether arguments are checked against the documentation before anything is sent. */
  validate?: boolean | undefined;
  /** Takes the log records of the new client. */
  logger?: Logger | undefined;
}

/** What a client is made with. */
export interface ClientOptions {
  /** The API key. By default that of the environment variable `CALLFLUENT_API_KEY`. */
  apiKey?: string | undefined;
  /**
   * The URL that all paths are below. By default that of `CALLFLUENT_BASE_URL`, or `https://api.callfluent.ai/api`.
   */
  baseUrl?: string | undefined;
  /**
   * How long a whole call may take, with all its attempts and the waits between them, in milliseconds; `Infinity` for no
   * limit. By default 60,000.
   */
  timeout?: number | undefined;
  /** How long making a connection may take, in milliseconds. By default 10,000. */
  connectTimeout?: number | undefined;
  /**
   * How often a call is tried again, where that is harmless; 0 and up. By default 2. A call that creates something or
   * calls somebody is sent again only where the server provably did not act on it.
   */
  maxRetries?: number | undefined;
  /** How many requests may be under way at once; 1 and up. By default there is no limit. */
  maxConcurrency?: number | undefined;
  /** How many requests may start in a second; above 0. By default there is no limit. */
  requestsPerSecond?: number | undefined;
  /** Headers for every request. `Authorization` cannot be set. */
  defaultHeaders?: Readonly<Record<string, string>> | undefined;
  /** The URL of a proxy. By default that of `HTTPS_PROXY`; `NO_PROXY` is respected. */
  proxy?: string | undefined;
  /** The path of a PEM file with certificates to trust beside those of the machine. */
  caBundle?: string | undefined;
  /** Whether arguments are checked against the documentation before anything is sent. By default they are. */
  validate?: boolean | undefined;
  /** Makes an answer that differs from the documentation an {@link APIResponseError}. For tests. By default off. */
  strict?: boolean | undefined;
  /** Allows an `http://` base URL that is not on this machine. The key then crosses the network in the clear. */
  allowHttp?: boolean | undefined;
  /**
   * Takes a record for each request (method, path, status, time, attempt, request id) and each new difference from the
   * documentation; never a header or a body. `console` will do. By default the environment variables
   * `CALLFLUENT_LOG=debug` and `NODE_DEBUG=callfluent` print records to standard error.
   */
  logger?: Logger | undefined;
}

type Check = (value: unknown) => string | undefined;

const text: Check = (value) =>
  typeof value !== 'string' ? 'expected text' : isWellFormed(value) ? undefined : HALF_A_CHARACTER;
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'expected true or false');
const count: Check = (value) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 4_294_967_295
    ? undefined
    : 'expected a whole number from 0';
const above: Check = (value) => (typeof value === 'number' && value > 0 ? undefined : 'expected a number above 0');
const milliseconds: Check = (value) =>
  typeof value === 'number' && value > 0 ? undefined : 'expected milliseconds: a number above 0, or Infinity';
const finite: Check = (value) =>
  typeof value === 'number' && value > 0 && value < Infinity ? undefined : 'expected milliseconds: a number above 0';
const object: Check = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : 'expected an object';
const headers: Check = (value) =>
  object(value) ??
  (Symbol.iterator in (value as object) ? 'expected an object of texts, such as Object.fromEntries(headers)' : undefined) ??
  (Object.values(value as object).every((header) => typeof header === 'string') ? undefined : 'expected texts as values') ??
  (Object.entries(value as object).flat().every(isWellFormed) ? undefined : HALF_A_CHARACTER);
// By what it can do rather than by its class, which differs between the contexts that test runners make.
const signal: Check = (value) => {
  const { aborted, addEventListener } = (value ?? {}) as { aborted?: unknown; addEventListener?: unknown };
  return typeof aborted === 'boolean' && typeof addEventListener === 'function' ? undefined : 'expected an AbortSignal';
};

const CALL: Readonly<Record<string, Check>> = {
  timeout: milliseconds,
  maxRetries: count,
  headers,
  extraBody: object,
  signal,
};

const SHARED: Readonly<Record<string, Check>> = {
  timeout: milliseconds,
  maxRetries: count,
  headers,
  extraBody: object,
  validate: flag,
  logger: object,
};

const CLIENT: Readonly<Record<string, Check>> = {
  apiKey: text,
  baseUrl: text,
  timeout: milliseconds,
  connectTimeout: finite,
  maxRetries: count,
  maxConcurrency: count,
  requestsPerSecond: above,
  defaultHeaders: headers,
  proxy: text,
  caBundle: text,
  validate: flag,
  strict: flag,
  allowHttp: flag,
  logger: object,
};

/** The options of a call as JSON text; `null` where nothing is set. */
export function callOptions(operation: string, options: RequestOptions | undefined): string | null {
  if (options === undefined || options === null) {
    return null;
  }
  const { signal: _, ...rest } = checked(operation, options, CALL);
  if (rest.extraBody !== undefined) {
    rest.extraBody = JSON.parse(encode(operation, rest.extraBody)) as Record<string, unknown>;
  }
  return Object.keys(rest).length === 0 ? null : written(rest);
}

/** The options of a client that shares another's connections, as JSON text. */
export function sharedOptions(options: SharedOptions): string {
  return written(checked(MAKING, options, SHARED));
}

/** The options of a client as JSON text. */
export function clientOptions(options: ClientOptions, userAgent: string): string {
  return written({ ...checked(MAKING, options, CLIENT), userAgent, environment: environmentVariables() });
}

function written(options: { timeout?: number | undefined; logger?: unknown; userAgent?: string; environment?: object }): string {
  const { timeout, logger: _, ...rest } = options;
  return JSON.stringify(timeout === Infinity ? { ...rest, noTimeout: true } : { ...rest, timeout });
}

/** The options as they were when they were checked. */
function checked<T extends object>(what: string, options: T, checks: Readonly<Record<string, Check>>): T {
  const problems: FieldError[] = [];
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    const example = what === MAKING && 'apiKey' in checks ? "{ apiKey: '...' }" : '{ timeout: 10_000 }';
    throw invalid(what, [{ field: 'options', reason: `expected an object, such as ${example}, got ${described(options)}` }]);
  }
  const given = read(() => ({ ...options }));
  if (typeof given === 'string') {
    throw invalid(what, [{ field: 'options', reason: given }]);
  }
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) {
      continue;
    }
    const known = Object.hasOwn(checks, name) ? checks[name] : undefined;
    const reason = known === undefined ? `is no option; there are ${Object.keys(checks).join(', ')}` : read(() => known(value));
    if (reason !== undefined) {
      problems.push({ field: name, reason });
    }
  }
  if (problems.length > 0) {
    throw invalid(what, problems);
  }
  return given;
}

/** What is read of a value, or why it cannot be: to read it may run code of the user's. */
function read<T>(value: () => T): T | string {
  try {
    return value();
  } catch (thrown) {
    return `cannot be read: ${said(thrown)}`;
  }
}
