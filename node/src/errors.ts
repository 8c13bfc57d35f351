// Error classes, and the one place that turns an error of the core into one of them.

import type { FieldError } from './field-error';
import type { AgentPatchResult } from './generated/models';
import { isOwnFrame } from './module-location';
import { suggestion } from './names';
import { isPlain } from './records';
import { errorHeaders } from './error-headers';
import { type ReportedFieldError, withOffsets } from './time-zones';

export type { FieldError } from './field-error';

/** Details of an {@link APIError}. All are optional, so that tests can create errors. */
export interface ErrorDetails {
  /** HTTP status. Default: the status of the class, e.g. 429 for {@link RateLimitError}. */
  readonly status?: number | undefined;
  /** Response body. */
  readonly body?: string | undefined;
  /** Response headers, by lower-case name. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Value of the `x-request-id` response header. */
  readonly requestId?: string | undefined;
  /** ID that the caller gave the request. */
  readonly clientRequestId?: string | undefined;
  /** HTTP method. */
  readonly method?: string | undefined;
  /** URL. */
  readonly url?: string | undefined;
  /** Number of attempts. */
  readonly attempts?: number | undefined;
  /** Delay that the server asks for, in milliseconds. */
  readonly retryAfter?: number | undefined;
  /** True if the server may have processed the request. */
  readonly outcomeUnknown?: boolean | undefined;
  /** Fields that the server rejected. */
  readonly fieldErrors?: readonly FieldError[] | undefined;
  /** Code of a connection error, e.g. `ECONNREFUSED`. */
  readonly code?: string | undefined;
  /** Underlying error. */
  readonly cause?: unknown;
}

/** An error as the addon reports it. */
export interface Report extends Omit<{ [Name in keyof ErrorDetails]?: ErrorDetails[Name] | null }, 'cause' | 'fieldErrors'> {
  readonly fieldErrors?: readonly ReportedFieldError[] | null;
  readonly name: string;
  readonly message: string;
  readonly causes?: readonly string[] | null;
  /** Result of a patch whose values the server did not all keep. */
  readonly result?: unknown;
}

/** Base class of all errors of this package. */
export class CallFluentError extends Error {
  /** Returns name, message and details, for `JSON.stringify`. */
  toJSON(): Record<string, unknown> {
    const cause = this.cause instanceof Error ? this.cause.message : this.cause;
    const details = Object.fromEntries(Object.entries(this));
    return { name: this.name, message: this.message, ...details, ...(cause === undefined ? {} : { cause }) };
  }
}

/** Arguments or options are invalid. Nothing was sent. */
export class InvalidRequestError extends CallFluentError {
  /** All invalid fields. */
  readonly fieldErrors: readonly FieldError[];

  /**
   * Creates an error, e.g. for a mock in a test.
   *
   * @param message - Message.
   * @param details - Invalid fields.
   */
  constructor(message = '', details: Pick<ErrorDetails, 'fieldErrors' | 'cause'> = {}) {
    super(message, options(details));
    this.fieldErrors = details.fieldErrors ?? [];
  }
}

/** A request failed. No field ever contains the API key. */
export class APIError extends CallFluentError {
  /**
   * HTTP status, if a response arrived. Express, Koa and Fastify respond with it if a handler
   * throws the error: wrap the error, so that a 404 of the API is not a 404 of your server.
   */
  readonly status: number | undefined;
  /** Response body, at most 64 KiB. */
  readonly body: string | undefined;
  /**
   * Response headers by lower-case name, without cookies and credentials. The names are not
   * enumerable: Express, Koa and Fastify would copy them into their own response.
   */
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** Value of the `x-request-id` response header. */
  readonly requestId: string | undefined;
  /** ID that the caller gave the request with the option `requestId`. */
  readonly clientRequestId: string | undefined;
  /** HTTP method. */
  readonly method: string;
  /** URL. */
  readonly url: string;
  /** Number of attempts. */
  readonly attempts: number;
  /** Delay that the server asks for in its `Retry-After` header, in milliseconds. */
  readonly retryAfter: number | undefined;
  /** True if the server may have processed the request. Check before you send it again. */
  readonly outcomeUnknown: boolean;
  /** Fields that the server rejected, under their names in this package. */
  readonly fieldErrors: readonly FieldError[];
  /** Code of a connection error as in Node, e.g. `ECONNREFUSED` or `ETIMEDOUT`. */
  readonly code: string | undefined;

  /**
   * Creates an error, e.g. for a mock in a test.
   *
   * @param message - Message.
   * @param details - Status, body and other details.
   * @example
   * ```ts
   * throw new RateLimitError('slow down', { retryAfter: 2_000 });
   * ```
   */
  constructor(message = '', details: ErrorDetails = {}) {
    super(message, options(details));
    this.status = details.status ?? STATUSES[this.name];
    this.body = details.body;
    this.headers = errorHeaders(details.headers);
    this.requestId = details.requestId;
    this.clientRequestId = details.clientRequestId;
    this.method = details.method ?? '';
    this.url = details.url ?? '';
    this.attempts = details.attempts ?? 0;
    this.retryAfter = details.retryAfter;
    this.outcomeUnknown = details.outcomeUnknown ?? false;
    this.fieldErrors = details.fieldErrors ?? [];
    this.code = details.code;
  }
}

/** No response arrived: connecting failed, or the connection was lost. */
export class APIConnectionError extends APIError {}

/** The request timed out, including its retries. */
export class APITimeoutError extends APIConnectionError {}

/**
 * An agent was updated, but the server did not keep all values as sent. `allowDropped` makes a
 * patch return the result instead.
 */
export class DroppedFieldsError extends APIError {
  /** The agent, and the dropped fields with what was sent and kept. */
  readonly result: AgentPatchResult | undefined;

  /**
   * Creates an error, e.g. for a mock in a test.
   *
   * @param message - Message.
   * @param details - Result of the patch and other details.
   */
  constructor(message = '', details: ErrorDetails & { readonly result?: AgentPatchResult | undefined } = {}) {
    super(message, details);
    this.result = details.result;
  }
}

/**
 * An earlier run of a bulk operation may have processed an item: its journal contains the request,
 * but no result. Nothing was sent.
 */
export class OutcomeUnknownError extends APIError {}

/** The response could not be decoded. The server processed the request. */
export class APIResponseError extends APIError {}

/** The server returned an error response: an HTTP error status, or `"status": false`. */
export class APIStatusError extends APIError {
  /** HTTP status. */
  declare readonly status: number;
}

/** 400: the request is invalid. */
export class BadRequestError extends APIStatusError {}

/** 400: a limit of the account is reached, e.g. its number of agents. */
export class LimitReachedError extends BadRequestError {}

/** 401: the API key is missing or invalid. */
export class AuthenticationError extends APIStatusError {}

/** 403: the API key lacks the permission. */
export class PermissionDeniedError extends APIStatusError {}

/** 404: no record has this ID. */
export class NotFoundError extends APIStatusError {}

/** 409, or an agent changed while it was patched. */
export class ConflictError extends APIStatusError {}

/** 422: the request contains an invalid value. */
export class UnprocessableEntityError extends APIStatusError {}

/** 429: too many requests. */
export class RateLimitError extends APIStatusError {}

/** 500 and above: the server failed. */
export class InternalServerError extends APIStatusError {}

const STATUSES: Readonly<Record<string, number | undefined>> = {
  BadRequestError: 400,
  LimitReachedError: 400,
  AuthenticationError: 401,
  PermissionDeniedError: 403,
  NotFoundError: 404,
  ConflictError: 409,
  UnprocessableEntityError: 422,
  RateLimitError: 429,
  InternalServerError: 500,
};

const API_ERRORS: Readonly<Record<string, new (message: string, details: ErrorDetails) => APIError>> = {
  APIError,
  APIConnectionError,
  APITimeoutError,
  APIResponseError,
  APIStatusError,
  DroppedFieldsError,
  OutcomeUnknownError,
  BadRequestError,
  LimitReachedError,
  AuthenticationError,
  PermissionDeniedError,
  NotFoundError,
  ConflictError,
  UnprocessableEntityError,
  RateLimitError,
  InternalServerError,
};

for (const [name, { prototype }] of Object.entries({ CallFluentError, InvalidRequestError, ...API_ERRORS })) {
  (prototype as Error).name = name;
}

/** Names of the details. A misspelled one would give a mock the default. */
const DETAILS = Object.keys({
  status: 0, body: 0, headers: 0, requestId: 0, clientRequestId: 0, method: 0, url: 0, attempts: 0, retryAfter: 0,
  outcomeUnknown: 0, fieldErrors: 0, code: 0, cause: 0, result: 0,
} satisfies Record<keyof ErrorDetails | 'result', 0>);

function options(details: { readonly cause?: unknown }): ErrorOptions | undefined {
  const unknown = isPlain(details) ? Object.keys(details).find((name) => !DETAILS.includes(name)) : undefined;
  if (unknown !== undefined) {
    throw new TypeError(`details of an error: ${unknown}: unknown option${suggestion(unknown, DETAILS)}`);
  }
  const { cause } = details;
  return cause === undefined ? undefined : { cause };
}

/** Call site of a request: an object whose `stack` was captured then. */
export interface Site {
  stack?: string;
}

/** V8 adds the awaiting functions to the stack of an error. Other engines do not. */
const HAS_ASYNC_STACKS = process.versions['bun'] === undefined;

/**
 * Captures the stack of the caller.
 *
 * @internal
 */
export function here(): Site {
  const site: Site = {};
  Error.captureStackTrace(site, here);
  return site;
}

/**
 * Captures the stack if it cannot be found later. Capturing costs more than the rest of a request.
 *
 * @internal
 */
export const hereIfNeeded: () => Site | undefined = HAS_ASYNC_STACKS ? () => undefined : here;

/**
 * Creates an error from a report of the addon. Its stack begins at the line of the request.
 *
 * @internal
 */
export function errorFrom(report: Report, site?: Site): CallFluentError {
  const { name, message, causes, ...rest } = report;
  const details = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)) as ErrorDetails;
  const cause = causeFrom(causes ?? []);
  const Class = API_ERRORS[name];
  if (Class !== undefined) {
    return outside(new Class(message, { ...details, cause }), site);
  }
  if (name !== 'InvalidRequestError') {
    return outside(new CallFluentError(message), site);
  }
  const explained = withOffsets(message, rest.fieldErrors ?? []);
  return outside(new InvalidRequestError(explained.message, { ...details, fieldErrors: explained.fieldErrors }), site);
}

/**
 * Removes the frames of this package from the start of an error's stack.
 *
 * @param site - Call site of the request, if the stack of the error does not show it.
 * @internal
 */
export function outside<E extends Error>(error: E, site?: Site): E {
  const frames = (site?.stack ?? error.stack ?? '').split('\n').filter((line) => /^\s+at |@/.test(line));
  let own = 0;
  for (const [index, frame] of frames.entries()) {
    if (isOwnFrame(frame)) {
      own = index + 1;
    } else if (!frame.endsWith('(<anonymous>)')) {
      // Frames of the engine, e.g. of a promise, are between frames of this package.
      break;
    }
  }
  const rest = own < frames.length ? frames.slice(own) : frames;
  setStack(error, [`${error.name}: ${error.message}`, ...rest].join('\n'));
  return error;
}

function causeFrom(messages: readonly string[]): Error | undefined {
  return messages.reduceRight<Error | undefined>((deeper, message) => {
    const error = new Error(message, options({ cause: deeper }));
    // An error of the core has no place in JavaScript to point at.
    setStack(error, `Error: ${message}`);
    return error;
  }, undefined);
}

/** Sets a stack as V8 does: not enumerable, so that it is not printed twice. */
function setStack(error: Error, value: string): void {
  Object.defineProperty(error, 'stack', { value, configurable: true, writable: true });
}
