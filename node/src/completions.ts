// Calls under way in this environment: each has a ticket; the addon wakes us once for many that have ended, and one JSON
// text holds what became of all of them. While a call is under way the process stays alive, and no longer.

import { at, CallFluentError, errorFrom, type Report, type Site } from './errors';
import { addon } from './native';

/** What happened, as the addon numbers it. */
const ANSWER = 0;
const FAILURE = 1;
const LOG = 2;
const WANTED = 3;
const DONE = 4;

/** Reads the pieces of an upload's stream. */
export interface Source {
  /** The next piece is wanted. */
  wanted(): void;
  /** No more of it is wanted. */
  done(): void;
}

/** Takes the log records of a client. */
export type LogSink = (record: Record<string, unknown>) => void;

interface Call {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (reason: unknown) => void;
  readonly site: Site;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: (() => void) | undefined;
}

const calls = new Map<number, Call>();
const sources = new Map<number, Source>();
const sinks = new Map<number, LogSink>();
let lastNumber = 0;

/** The addon's queue of this environment. */
export const completions = new addon.Completions(drain);

/** A number that nothing else of this environment has. */
export function nextNumber(): number {
  lastNumber += 1;
  return lastNumber;
}

/**
 * Starts a call and promises its answer.
 *
 * @param begin - Hands the call to the addon, under the ticket that it is given.
 * @param signal - Ends the call at the server and rejects at once with its reason.
 */
export function start<T>(begin: (ticket: number) => void, signal: AbortSignal | undefined, site: Site): Promise<T> {
  if (signal?.aborted) {
    return Promise.reject(signal.reason);
  }
  return new Promise<T>((resolve, reject) => {
    const ticket = nextNumber();
    begin(ticket);
    const onAbort = signal && ((): void => abort(ticket));
    if (signal && onAbort) {
      signal.addEventListener('abort', onAbort, { once: true });
    }
    if (calls.size === 0) {
      completions.keepAlive(true);
    }
    calls.set(ticket, { resolve: resolve as (answer: unknown) => void, reject, site, signal, onAbort });
  });
}

/** Takes a call off the list; where it was the last one the process may end. */
function take(ticket: number): Call | undefined {
  const call = calls.get(ticket);
  if (call === undefined) {
    return undefined;
  }
  calls.delete(ticket);
  if (calls.size === 0) {
    completions.keepAlive(false);
  }
  if (call.signal && call.onAbort) {
    call.signal.removeEventListener('abort', call.onAbort);
  }
  return call;
}

function abort(ticket: number): void {
  const call = take(ticket);
  if (call !== undefined) {
    completions.cancel(ticket);
    call.reject(call.signal?.reason);
  }
}

/** Takes in everything that has happened since the last time. */
function drain(): void {
  const events = JSON.parse(completions.drain()) as unknown[];
  for (let index = 0; index < events.length; index += 3) {
    const number = events[index] as number;
    const content = events[index + 2];
    switch (events[index + 1]) {
      case ANSWER:
        take(number)?.resolve(content);
        break;
      case FAILURE: {
        const call = take(number);
        call?.reject(errorFrom(content as Report, call.site));
        break;
      }
      case LOG:
        guarded(() => sinks.get(number)?.(content as Record<string, unknown>));
        break;
      case WANTED:
        guarded(() => sources.get(number)?.wanted());
        break;
      case DONE:
        dropSource(number);
        break;
    }
  }
}

/** Runs a user's code; what it throws must not keep the other events from being taken in. */
function guarded(run: () => void): void {
  try {
    run();
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown;
    });
  }
}

/** Knows where the pieces of an upload come from. */
export function addSource(number: number, source: Source): void {
  sources.set(number, source);
}

/** Forgets an upload's stream. */
export function dropSource(number: number): void {
  const source = sources.get(number);
  sources.delete(number);
  guarded(() => source?.done());
}

/** Sends the log records of a client somewhere. */
export function addSink(number: number, sink: LogSink): void {
  sinks.set(number, sink);
}

/** Forgets where the log records of a client go. */
export function dropSink(number: number): void {
  sinks.delete(number);
}

/** Runs something of the addon that throws a report where options cannot be used. */
export function reported<T>(site: Site, run: () => T): T {
  try {
    return run();
  } catch (thrown) {
    const report = reportOf(thrown);
    throw report === undefined ? at(site, new CallFluentError(String(thrown), { cause: thrown })) : errorFrom(report, site);
  }
}

function reportOf(thrown: unknown): Report | undefined {
  try {
    return JSON.parse((thrown as Error).message) as Report;
  } catch {
    return undefined;
  }
}
