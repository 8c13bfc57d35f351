// Hooks: code of the user that runs before and after each attempt of a request, on the event loop.

import { nearestName, suggestion } from './names';
import { typeName } from './records';

/** An attempt of a request, as hooks see it. Nothing in it contains the API key. */
export interface Attempt {
  /** Operation, such as `agents.get`. Requests by path have the name `request`. */
  readonly operation: string;
  /** HTTP method. */
  readonly method: string;
  /** URL. Values of the query are replaced by `REDACTED`, except `page`. */
  readonly url: string;
  /** Path of the URL. */
  readonly path: string;
  /**
   * Template of the path, such as `/api/agent/get-one/{agentId}`. All requests of an operation have
   * the same, so that metrics can group them. `undefined` for requests by path.
   */
  readonly urlTemplate: string | undefined;
  /** Number of the attempt, counted from 1. */
  readonly number: number;
  /** ID that the caller gave the request with the option `requestId`. */
  readonly clientRequestId: string | undefined;
  /**
   * Headers to add to this attempt. `Authorization` cannot be replaced. The property is not
   * enumerable: a header can be a secret, and `console.log` of the attempt does not show it.
   */
  readonly headers: Record<string, string>;
}

/** An attempt that has ended: the same object, with more properties. */
export interface EndedAttempt extends Attempt {
  /** HTTP status, if a response arrived. */
  readonly status: number | undefined;
  /**
   * Class of the error without a usable response, such as `APIConnectionError`, or `canceled`.
   * `undefined` for an error response: its status shows it.
   */
  readonly error: string | undefined;
  /** Milliseconds from sending the attempt to its end. */
  readonly duration: number;
  /** ID that the server gave the request. */
  readonly requestId: string | undefined;
}

/**
 * Runs before and after each attempt of a request. After `beforeAttempt`, `afterAttempt` always
 * follows, even if the request is aborted. Both get the same object, which can be the key of a
 * `WeakMap`. They run in the asynchronous context of the request.
 *
 * A request that a hook makes and waits for does not count for `maxConcurrency`.
 *
 * A hook that throws does not change its request. The error becomes a process warning, and the
 * logger of the client gets a record.
 *
 * @example
 * ```ts
 * const timing: Hooks = {
 *   afterAttempt: ({ operation, status, duration }) => console.log(operation, status, duration),
 * };
 * const client = new CallFluent({ hooks: timing });
 * ```
 */
export interface Hooks {
  /**
   * Runs before an attempt is sent, when it has its turn under the limits of the client. The
   * attempt waits for a returned promise. The wait counts for the timeout of the request.
   */
  beforeAttempt?(attempt: Attempt): void | PromiseLike<void>;
  /**
   * Runs when the attempt has a response, or has failed, or was canceled. The result of the request
   * does not wait for a returned promise.
   */
  afterAttempt?(attempt: EndedAttempt): void | PromiseLike<void>;
}

/** Returns the hooks of an option as a list. */
export function listOf(hooks: Hooks | readonly Hooks[] | undefined): readonly Hooks[] {
  return hooks === undefined ? [] : isList(hooks) ? [...hooks] : [hooks];
}

function isList(hooks: Hooks | readonly Hooks[]): hooks is readonly Hooks[] {
  return Array.isArray(hooks);
}

const NAMES = ['beforeAttempt', 'afterAttempt'];

/** Returns why a value is not an object with hooks. It may have other properties, too. */
export function refusalOfHooks(value: unknown): string | undefined {
  const hooks = (value ?? {}) as Record<string, unknown>;
  const isHook = (name: string): boolean => typeof hooks[name] === 'function';
  const misspelled = Object.keys(hooks).find((name) => isHook(name) && !NAMES.includes(name) && nearestName(name, NAMES) !== undefined);
  if (misspelled !== undefined) {
    return `${misspelled}: unknown hook${suggestion(misspelled, NAMES)}`;
  }
  return NAMES.some(isHook) ? undefined : `expected an object with beforeAttempt or afterAttempt, got ${typeName(value)}`;
}
