// The tree of errors, and the one place where what the native side reports becomes one of them.

import { isOwnFrame } from './module-location';

/** One thing that is wrong with the arguments of a call, as the client or the server found. */
export interface FieldError {
  /** The path of the field, such as `answerCreativity` or `fields[0].value`. */
  readonly field: string;
  /** What is wrong with it and what is expected. */
  readonly reason: string;
}

/** What the native side reports of a failed call. */
export interface Report {
  readonly name: string;
  readonly message: string;
  readonly status?: number | null;
  readonly body?: string | null;
  readonly requestId?: string | null;
  readonly method?: string;
  readonly url?: string;
  readonly attempts?: number;
  readonly retryAfter?: number | null;
  readonly outcomeUnknown?: boolean;
  readonly problems?: readonly FieldError[];
  readonly causes?: readonly string[] | null;
}

/** Every error of this package. */
export class CallFluentError extends Error {
}

/**
 * Arguments or options were found wrong before anything was sent. `problems` lists everything that is wrong, field by
 * field.
 */
export class InvalidRequestError extends CallFluentError {
  /** Everything that is wrong. */
  readonly problems: readonly FieldError[];

  /** @internal */
  constructor(report: { readonly message: string; readonly problems?: readonly FieldError[] }) {
    super(report.message);
    this.problems = report.problems ?? [];
  }
}

/** A request was sent, or tried to be sent, and did not succeed. None of the fields ever holds the API key. */
export class APIError extends CallFluentError {
  /** The HTTP status, where an answer came. */
  readonly status: number | undefined;
  /** The answer's body as text, at most 64 KiB of it. */
  readonly body: string | undefined;
  /** The server's id of the request, from the `x-request-id` header. */
  readonly requestId: string | undefined;
  /** The HTTP method. */
  readonly method: string;
  /** The URL. */
  readonly url: string;
  /** How often the request was sent or tried to be sent. */
  readonly attempts: number;
  /** How long the server asks to wait, in seconds, as in its `Retry-After` header. */
  readonly retryAfter: number | undefined;
  /** Whether the request may have been carried out although it failed. Look before you send it again. */
  readonly outcomeUnknown: boolean;
  /** What the server finds wrong with single fields, under the names that it gives them. */
  readonly problems: readonly FieldError[];

  /** @internal */
  constructor(report: Report) {
    const cause = causeOf(report.causes ?? []);
    super(report.message, cause === undefined ? undefined : { cause });
    this.status = report.status ?? undefined;
    this.body = report.body ?? undefined;
    this.requestId = report.requestId ?? undefined;
    this.method = report.method ?? '';
    this.url = report.url ?? '';
    this.attempts = report.attempts ?? 0;
    this.retryAfter = report.retryAfter ?? undefined;
    this.outcomeUnknown = report.outcomeUnknown ?? false;
    this.problems = report.problems ?? [];
  }
}

/** No answer came: no connection could be made, or it broke. */
export class APIConnectionError extends APIError {
}

/** The answer took longer than the timeout, all attempts together. */
export class APITimeoutError extends APIConnectionError {
}

/** The server answered, and the answer could not be read. A change was carried out all the same. */
export class APIResponseError extends APIError {
}

/** The server refused: by its HTTP status, or by `"status": false` under 200. */
export class APIStatusError extends APIError {
  /** The HTTP status. */
  declare readonly status: number;
}

/** 400: the server found the request wrong. */
export class BadRequestError extends APIStatusError {
}

/** 400: a limit of the account is reached, such as its number of agents. */
export class LimitReachedError extends BadRequestError {
}

/** 401: the API key is missing or wrong. */
export class AuthenticationError extends APIStatusError {
}

/** 403: the API key may not do this. */
export class PermissionDeniedError extends APIStatusError {
}

/** 404: there is nothing of this id. */
export class NotFoundError extends APIStatusError {
}

/** 409, or an agent that changed while it was being patched. */
export class ConflictError extends APIStatusError {
}

/** 422: the server could read the request and found a value wrong. */
export class UnprocessableEntityError extends APIStatusError {
}

/** 429: too many requests. */
export class RateLimitError extends APIStatusError {
}

/** 500 and above: the server failed. */
export class InternalServerError extends APIStatusError {
}

/** All classes but the outermost, by their names. */
const CLASSES: Readonly<Record<string, new (report: Report) => CallFluentError>> = {
  InvalidRequestError,
  APIError,
  APIConnectionError,
  APITimeoutError,
  APIResponseError,
  APIStatusError,
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

CallFluentError.prototype.name = 'CallFluentError';
for (const name in CLASSES) {
  (CLASSES[name] as { prototype: Error }).prototype.name = name;
}

/** Where a call was made: an object whose `stack` was captured then. */
export interface Site {
  stack?: string;
}

/** Whether the engine, as V8 does, finds the functions that wait for an error when it is made. */
const FINDS_WHO_WAITS = process.versions['bun'] === undefined;

/**
 * Remembers the place that the caller's code is at.
 *
 * @internal
 */
export function here(): Site {
  const site: Site = {};
  Error.captureStackTrace(site, here);
  return site;
}

/**
 * Remembers the place where it cannot be found later. To remember it costs more than all else that a call does.
 *
 * @internal
 */
export const hereIfNeeded: () => Site | undefined = FINDS_WHO_WAITS ? () => undefined : here;

/**
 * Turns a report of the native side into the error of its class, whose stack begins where the call was made.
 *
 * @internal
 */
export function errorFrom(report: Report, site?: Site): CallFluentError {
  const kind = CLASSES[report.name];
  return outside(kind === undefined ? new CallFluentError(report.message) : new kind(report), site);
}

/**
 * Takes what is of this package off the stack of an error, so that it begins in the caller's code.
 *
 * @param site - Where the call was made, where that is known better than by the error's own stack.
 * @internal
 */
export function outside<E extends Error>(error: E, site?: Site): E {
  const frames = (site?.stack ?? error.stack ?? '').split('\n').filter((line) => /^\s+at |@/.test(line));
  let own = 0;
  for (const [index, frame] of frames.entries()) {
    if (isOwnFrame(frame)) {
      own = index + 1;
    } else if (!frame.endsWith('(<anonymous>)')) {
      // The engine's own functions, such as that of a promise, stand between ours.
      break;
    }
  }
  const rest = own < frames.length ? frames.slice(own) : frames;
  // As V8 writes it: not enumerable, so that it is not printed twice.
  Object.defineProperty(error, 'stack', {
    value: [`${error.name}: ${error.message}`, ...rest].join('\n'),
    configurable: true,
    writable: true,
  });
  return error;
}

function causeOf(said: readonly string[]): Error | undefined {
  return said.reduceRight<Error | undefined>(
    (deeper, message) => withoutStack(new Error(message, deeper === undefined ? undefined : { cause: deeper })),
    undefined,
  );
}

/** A layer underneath has no place in JavaScript to point at. */
function withoutStack(error: Error): Error {
  Object.defineProperty(error, 'stack', { value: `Error: ${error.message}`, configurable: true, writable: true });
  return error;
}
