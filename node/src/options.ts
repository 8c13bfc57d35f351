// Options of clients and requests: checks their types and names, and encodes them for the addon.

import { CLIENT as CLIENT_ERROR, encode, invalid } from './arguments';
import { fromEnvironment } from './environment';
import { InvalidRequestError } from './errors';
import { type Hooks, refusalOfHooks } from './hooks';
import type { Logger } from './logging';
import { loadNative } from './native';
import {
  body, type Check, checked, type Checks, count, type Elsewhere, errorsOf, finite, flag, headers, milliseconds, object, positive, readOptions,
  signal, text,
} from './option-checks';
import { isTagged } from './records';

/** Wish for something else than the result of a request: the raw response, or the curl command. */
export type Wish = 'response' | 'curl';

/** Options of one request: the last argument of every method. */
export interface RequestOptions {
  /**
   * Cancels the request. The promise rejects at once with the reason of the signal. If the request
   * is not idempotent, the reason gets `outcomeUnknown`: the server may have processed the request.
   * A reason that is not an object becomes the `cause` of an `AbortError` with it.
   */
  signal?: AbortSignal | undefined;
  /**
   * Total timeout in milliseconds, including retries and backoff. It begins when the request has
   * its turn. `Infinity` disables it. Default: the timeout of the client.
   */
  timeout?: number | undefined;
  /**
   * Maximum wait for the turn of the request in milliseconds: for a slot of `maxConcurrency` or
   * `requestsPerSecond`, or for an earlier change of the same agent. Default: unlimited.
   */
  queueTimeout?: number | undefined;
  /** Maximum number of retries, 0 or more. Default: the setting of the client. */
  maxRetries?: number | undefined;
  /**
   * ID of the request, sent as the header `X-Request-Id`. Logs, hooks and errors contain it as
   * `clientRequestId`.
   */
  requestId?: string | undefined;
  /** Headers in addition to those of the client. `Authorization` is not allowed. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Undocumented fields of the JSON body, under their API names, inside the API's wrapper. */
  extraBody?: Readonly<Record<string, unknown>> | undefined;
}

/** Options that {@link CallFluent.withOptions} changes. */
export interface SharedOptions extends Omit<RequestOptions, 'signal'> {
  /** Validates arguments before a request is sent. Default: the setting of the client. */
  validate?: boolean | undefined;
  /** Receives the log records of the new client. Default: the logger of the client. */
  logger?: Logger | undefined;
}

/** Options of a client. */
export interface ClientOptions {
  /** API key. Default: the environment variable `CALLFLUENT_API_KEY`. */
  apiKey?: string | undefined;
  /** Base URL. Default: `CALLFLUENT_BASE_URL`, or `https://api.callfluent.ai/api`. */
  baseUrl?: string | undefined;
  /**
   * Total timeout in milliseconds, including retries. It begins when a request has its turn under
   * `maxConcurrency` and `requestsPerSecond`. `Infinity` disables it. Default: 60,000.
   */
  timeout?: number | undefined;
  /**
   * Maximum wait for the turn of a request in milliseconds, including the wait for other changes of
   * the same agent. Default: unlimited.
   */
  queueTimeout?: number | undefined;
  /** Connect timeout in milliseconds. Default: 10,000. */
  connectTimeout?: number | undefined;
  /**
   * Maximum number of retries, 0 or more. A request that is not idempotent, such as starting a
   * call, is retried only if the server did not process it. Default: 2.
   */
  maxRetries?: number | undefined;
  /** Maximum number of concurrent requests, 1 or more. Default: unlimited. */
  maxConcurrency?: number | undefined;
  /** Maximum number of requests that start in one second, above 0. Default: unlimited. */
  requestsPerSecond?: number | undefined;
  /**
   * Number of requests that may start at once, 1 or more, if `requestsPerSecond` is set. 1 spaces
   * requests evenly. Default: those of one second.
   */
  burst?: number | undefined;
  /** Headers of every request. `Authorization` is not allowed. */
  defaultHeaders?: Readonly<Record<string, string>> | undefined;
  /** URL of a proxy. Default: `HTTPS_PROXY` and `NO_PROXY`. */
  proxy?: string | undefined;
  /**
   * Path of a PEM file with certificates to trust in addition to those of the system and of
   * `NODE_EXTRA_CA_CERTS`. Default: none.
   */
  caBundle?: string | undefined;
  /** Validates arguments before a request is sent. Default: true. */
  validate?: boolean | undefined;
  /** Makes a response that differs from the API reference an error. Default: false. */
  strict?: boolean | undefined;
  /**
   * Refuses every host except this machine, before a socket is opened. For tests. Default:
   * `CALLFLUENT_OFFLINE` (`1` or `0`), or the setting of the process, which `setOffline` changes.
   */
  offline?: boolean | undefined;
  /** Allows an `http://` base URL of another host. It exposes the key. Default: false. */
  allowHttp?: boolean | undefined;
  /**
   * Receives a record for each request, and for each difference from the API reference. Records
   * contain no headers and no bodies. `console` is a logger. Default: `CALLFLUENT_LOG=debug` or
   * `NODE_DEBUG=callfluent` prints records to standard error.
   */
  logger?: Logger | undefined;
  /**
   * Code that runs before and after each attempt of a request, e.g. to measure it or to add
   * headers. Several hooks run in their order. Default: none.
   */
  hooks?: Hooks | readonly Hooks[] | undefined;
}

/** A check of every option of an interface. */
type ChecksOf<T> = Readonly<Record<keyof T, Check>>;

const hookList: Check = (value) => {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map(refusalOfHooks).find((reason) => reason !== undefined);
};

/** Options that a request and a derived client have. */
const COMMON = {
  timeout: milliseconds,
  queueTimeout: finite,
  maxRetries: count,
  requestId: text,
  headers,
  extraBody: body,
};

const REQUEST: ChecksOf<RequestOptions> = {
  ...COMMON,
  signal,
};

const SHARED: ChecksOf<SharedOptions> = {
  ...COMMON,
  validate: flag,
  logger: object,
};

const CLIENT: ChecksOf<ClientOptions> = {
  apiKey: text,
  baseUrl: text,
  timeout: milliseconds,
  queueTimeout: finite,
  connectTimeout: finite,
  maxRetries: count,
  maxConcurrency: count,
  requestsPerSecond: positive,
  burst: count,
  defaultHeaders: headers,
  proxy: text,
  caBundle: text,
  validate: flag,
  strict: flag,
  offline: flag,
  allowHttp: flag,
  logger: object,
  hooks: hookList,
};

/** Returns whether a request has an option of this name. */
export function isRequestOption(name: string): boolean {
  return Object.hasOwn(REQUEST, name);
}

const OF_CLIENT = 'is an option of the client; pass it to new CallFluent';
const ofRequest: Elsewhere = (name) =>
  isRequestOption(name) ? 'is an option of a request; pass it in the last argument of its method' : undefined;
const beyondShared: Elsewhere = (name) => (Object.hasOwn(CLIENT, name) ? OF_CLIENT : ofRequest(name));

/** Checks options of a request of this operation. */
export function checkedRequest<T extends object>(operation: string, options: T, checks: Checks): T {
  return checked(operation, options, checks, undefined, (name) => {
    if (loadNative().hasArgument(operation, name)) {
      return 'is an argument, not an option; pass it before the options';
    }
    return Object.hasOwn(CLIENT, name) ? OF_CLIENT : undefined;
  });
}

/** Encodes the options of a request; `null` if none is set. */
export function requestOptions(operation: string, options: RequestOptions | undefined, wish?: Wish): string | null {
  if (options === undefined || options === null) {
    return wish === undefined ? null : JSON.stringify({ wish });
  }
  const { signal: _, ...given } = checkedRequest(operation, options, REQUEST);
  const rest = wish === undefined ? given : { ...given, wish };
  return Object.keys(rest).length === 0 ? null : encoded(operation, rest);
}

/**
 * Checks the options of a request that takes further ones. Returns those of the request, encoded;
 * `null` if none is set; and the further ones.
 */
export function furtherOptions<T extends RequestOptions>(
  operation: string,
  options: T | undefined,
  further: Checks,
): { readonly request: string | null; readonly own: RequestOptions; readonly further: Omit<T, keyof RequestOptions> } {
  const given: T = checkedRequest(operation, options ?? ({} as T), { ...REQUEST, ...further });
  const entries = Object.entries(given);
  const isFurther = ([name]: [string, unknown]): boolean => Object.hasOwn(further, name);
  const own = Object.fromEntries(entries.filter((entry) => !isFurther(entry))) as RequestOptions;
  return {
    request: requestOptions(operation, own),
    further: Object.fromEntries(entries.filter(isFurther)) as Omit<T, keyof RequestOptions>,
    own,
  };
}

/** Encodes the options of a client that shares the connections of another. */
export function sharedOptions(options: SharedOptions): string {
  return encoded(CLIENT_ERROR, checked(CLIENT_ERROR, options, SHARED, undefined, beyondShared));
}

/**
 * Encodes the options of a client and creates something with them. Errors of both are thrown
 * together, so that a user sees all invalid options at once.
 */
export function withClientOptions<T>(
  options: ClientOptions,
  userAgent: string,
  create: (text: string, hooks: ClientOptions['hooks']) => T,
): T {
  const given = readOptions(CLIENT_ERROR, options, "{ apiKey: '...' }");
  const errors = errorsOf(given, CLIENT, ofRequest);
  const wrong = new Set(errors.map(({ field }) => field));
  const valid = Object.fromEntries(Object.entries(given).filter(([name]) => !wrong.has(name)));
  try {
    const { hooks, ...others } = valid as ClientOptions;
    const created = create(encoded(CLIENT_ERROR, { ...others, ...fromEnvironment(), userAgent }), hooks);
    if (errors.length === 0) {
      return created;
    }
  } catch (thrown) {
    if (errors.length === 0 || !(thrown instanceof InvalidRequestError)) {
      throw thrown;
    }
    // A key that has the wrong type is not missing as well.
    errors.push(...thrown.fieldErrors.filter(({ field }) => !wrong.has(field)));
  }
  throw invalid(CLIENT_ERROR, errors);
}

interface Encodable {
  readonly [name: string]: unknown;
  timeout?: number | undefined;
  extraBody?: object | undefined;
  logger?: unknown;
}

/** Encodes options that were checked. */
export function encoded(what: string, options: object): string {
  const { timeout, logger: _, extraBody, ...rest } = options as Encodable;
  const set = timeout === Infinity ? { ...rest, noTimeout: true } : { ...rest, timeout };
  if (extraBody === undefined) {
    return JSON.stringify(set);
  }
  const fields = isTagged(extraBody, 'Map') ? Object.fromEntries(extraBody as Map<string, unknown>) : extraBody;
  return JSON.stringify({ ...set, extraBody: JSON.parse(encode(what, fields)) as unknown });
}
