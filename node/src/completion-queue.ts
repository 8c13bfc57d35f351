// Requests in flight. Each has a ticket; the addon wakes JavaScript once for many that have ended,
// and one JSON text has all results. The process stays alive while a request is in flight.

import type { InContext } from './async-context';
import { APIConnectionError, CallFluentError, errorFrom, outside, type Report } from './errors';
import type { Hooks } from './hooks';
import { loadNative, type Completions } from './native';
import { type AttemptOutcome, type HookFailed, isWithinHook, OpenAttempt, type SeenAttempt } from './open-attempt';
import { messageOf } from './records';

/** Events, as the addon numbers them. */
const RESPONSE = 0;
const FAILURE = 1;
const LOG = 2;
const WANTED = 3;
const DONE = 4;
const MORE = 5;
const CHUNK = 6;
const PROGRESS = 7;
const BEFORE_ATTEMPT = 8;
const AFTER_ATTEMPT = 9;

/** Characters to take in per turn of the event loop, which takes about two milliseconds. */
const MOST_PER_TURN = 512 * 1024;

/** Captured when the package is loaded: test runners with fake timers replace it later. */
const { setImmediate } = process.getBuiltinModule('node:timers');

/** Reads the chunks of an upload's stream. */
export interface Source {
  /** The upload is ready for the next chunk. */
  wanted(): void;
  /** The upload needs no more chunks. */
  done(): void;
}

/** Receives the log records of a client. Its result is ignored, unless it is a rejected promise. */
export type LogSink = (record: Record<string, unknown>) => unknown;

/**
 * A failed request. The code that awaits it creates the error, so that the awaiting functions are
 * in its stack.
 */
export class Failed {
  constructor(readonly report: Report) {}
}

/** Needs of the logger and the hooks of a request. */
export interface Observed {
  /** Runs the logger and hooks in the context of this request. */
  readonly inContext: InContext;
  /** Number of the log records of the client, if a logger receives them. */
  readonly logNumber: number | null;
}

/** A request to start. */
export interface Begin extends Partial<Observed> {
  /** Passes the request to the addon under a ticket. */
  begin(ticket: number): void;
  /** Cancels the request and rejects at once with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
  /** Message for an abort that leaves the outcome unknown. */
  readonly ifAborted?: string | undefined;
  /** Receives the progress of an upload: bytes that were read, and all bytes if known. */
  readonly onProgress?: ((content: readonly [sent: number, total: number | null]) => void) | undefined;
}

/** A request or a bulk operation whose attempts hooks see. */
interface Observing {
  readonly request: Partial<Observed>;
  /** The attempts of which hooks have seen the start and not the end, by their keys. */
  attempts: Map<number, OpenAttempt> | undefined;
}

interface Pending extends Observing {
  readonly resolve: (outcome: unknown) => void;
  readonly reject: (reason: unknown) => void;
  readonly request: Begin;
  /** Items of the response so far, if it is a list in several chunks. */
  list: unknown[] | undefined;
}

/** Requests of one signal. They share a listener: Node warns of many. */
interface Watch {
  readonly tickets: Set<number>;
  readonly onAbort: () => void;
}

const requests = new Map<number, Pending>();
const bulks = new Map<number, Observing>();
const watches = new WeakMap<AbortSignal, Watch>();
const sources = new Map<number, Source>();
const sinks = new Map<number, LogSink>();
const hookLists = new Map<number, readonly Hooks[]>();
const now = Promise.resolve();
let lastNumber = 0;
const warned = new Set<string>();
let queue: Completions | undefined;

/** Returns the addon's queue of this thread. */
export function completions(): Completions {
  return (queue ??= new (loadNative().Completions)(drain));
}

/** Returns a number that is unique in this thread. */
export function nextNumber(): number {
  lastNumber += 1;
  return lastNumber;
}

/** Starts a request. */
export function start<T>(request: Begin): Promise<T | Failed> {
  const { signal } = request;
  return new Promise<T | Failed>((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const ticket = nextNumber();
    if (requests.size === 0) {
      completions().keepAlive(true);
    }
    // Registered before it begins: if a batch fails, each of its requests is rejected.
    requests.set(ticket, { resolve: resolve as (outcome: unknown) => void, reject, request, list: undefined, attempts: undefined });
    try {
      if (signal) {
        watch(signal, ticket);
      }
      if (isWithinHook()) {
        completions().exempt(ticket);
      }
      request.begin(ticket);
    } catch (thrown) {
      remove(ticket);
      throw thrown;
    }
  });
}

/** Fails a request that could not be passed to the addon. */
export function fail(ticket: number, report: Report): void {
  remove(ticket)?.resolve(new Failed(report));
}

/** Removes a request. After the last one the process can exit. */
function remove(ticket: number): Pending | undefined {
  const pending = requests.get(ticket);
  if (pending === undefined) {
    return undefined;
  }
  requests.delete(ticket);
  if (requests.size === 0) {
    completions().keepAlive(false);
  }
  if (pending.request.signal) {
    unwatch(pending.request.signal, ticket);
  }
  return pending;
}

function watch(signal: AbortSignal, ticket: number): void {
  let watched = watches.get(signal);
  if (watched === undefined) {
    const tickets = new Set<number>();
    const onAbort = (): void => [...tickets].forEach(abort);
    watched = { tickets, onAbort };
    watches.set(signal, watched);
    signal.addEventListener('abort', onAbort, { once: true });
  }
  watched.tickets.add(ticket);
}

function unwatch(signal: AbortSignal, ticket: number): void {
  const watched = watches.get(signal);
  watched?.tickets.delete(ticket);
  if (watched?.tickets.size === 0) {
    watches.delete(signal);
    try {
      signal.removeEventListener?.('abort', watched.onAbort);
    } catch (thrown) {
      // An object that only looks like a signal can throw, or lack the method. The request has
      // ended, and its promise must be completed.
      warn('a signal', thrown);
    }
  }
}

function abort(ticket: number): void {
  const pending = remove(ticket);
  if (pending === undefined) {
    return;
  }
  // A request is passed to the addon at the end of its turn at the latest; only then can it be
  // canceled.
  void now.then(() => completions().cancel(ticket));
  pending.reject(reasonOf(pending.request));
  cancelAttempts(pending);
}

/** Returns the reason of an abort. If it cannot be read, the error of reading it is the reason. */
function reasonOf({ signal, ifAborted }: Begin): unknown {
  try {
    return ifAborted === undefined ? signal?.reason : withUnknownOutcome(signal?.reason, ifAborted);
  } catch (thrown) {
    return thrown;
  }
}

/**
 * Adds `outcomeUnknown` and a cause to the reason of an abort. The reason itself stays what the
 * platform expects, e.g. an `AbortError`. A reason that cannot have the property, such as a string,
 * becomes the cause of an `AbortError`.
 */
function withUnknownOutcome(given: unknown, message: string): unknown {
  const canHaveProperties = typeof given === 'object' && given !== null && Object.isExtensible(given);
  const reason = canHaveProperties ? given : wrapped(given, message);
  const define = (name: string, value: unknown): unknown =>
    Object.defineProperty(reason, name, { value, configurable: true, writable: true });
  define('outcomeUnknown', true);
  if ((reason as Error).cause === undefined) {
    define('cause', outside(new APIConnectionError(message, { outcomeUnknown: true })));
  }
  return reason;
}

function wrapped(reason: unknown, message: string): Error {
  const error = new Error(message, { cause: reason });
  Object.defineProperty(error, 'name', { value: 'AbortError', configurable: true, writable: true });
  return outside(error);
}

/** Takes in events. The rest follows after other tasks of the event loop. */
function drain(): void {
  for (let taken = 0; taken < MOST_PER_TURN; ) {
    const text = completions().drain();
    taken += text.length;
    if (!takeIn(JSON.parse(text) as unknown[])) {
      return;
    }
  }
  setImmediate(drain);
}

/**
 * Takes in a list of events, and returns whether there are more. An event that fails stops no
 * other.
 */
function takeIn(events: readonly unknown[]): boolean {
  let more = false;
  for (let index = 0; index < events.length; index += 3) {
    const event = events[index + 1] as number;
    more ||= event === MORE;
    try {
      handle(events[index] as number, event, events[index + 2]);
    } catch (thrown) {
      // The other events belong to other requests, which would wait forever.
      warn('code of a request', thrown);
    }
  }
  return more;
}

/** Handles one event. Code of the user that it runs may throw. */
function handle(number: number, event: number, content: unknown): void {
  switch (event) {
    case RESPONSE:
      respond(remove(number), content);
      break;
    case CHUNK:
      add(requests.get(number), content as unknown[]);
      break;
    case PROGRESS:
      requests.get(number)?.request.onProgress?.(content as readonly [number, number | null]);
      break;
    case FAILURE:
      fail(number, content as Report);
      break;
    case LOG:
      log(number, content as readonly [ticket: number, record: Record<string, unknown>]);
      break;
    case WANTED:
      guarded(() => sources.get(number)?.wanted());
      break;
    case DONE:
      dropSource(number);
      break;
    case BEFORE_ATTEMPT:
      beginAttempt(number, content as readonly [hooks: number, key: number, seen: SeenAttempt]);
      break;
    case AFTER_ATTEMPT:
      endAttempt(observing(number), content as readonly [key: number, outcome: AttemptOutcome]);
      break;
  }
}

/** Passes a record to the logger, in the context of its request. */
function log(number: number, [ticket, record]: readonly [ticket: number, record: Record<string, unknown>]): void {
  const run = (): unknown => sinks.get(number)?.(record);
  const inContext = observing(ticket)?.request.inContext;
  guarded(() => (inContext === undefined ? run() : inContext(run)));
}

/** Returns the request or the bulk operation with this number, unless it has ended. */
function observing(number: number): Observing | undefined {
  return requests.get(number) ?? bulks.get(number);
}

/** Runs the hooks before an attempt, and lets it be sent with their headers. */
function beginAttempt(ticket: number, [number, key, seen]: readonly [hooks: number, key: number, seen: SeenAttempt]): void {
  const owner = observing(ticket);
  if (owner === undefined) {
    // The request was aborted.
    return;
  }
  const { inContext, logNumber } = owner.request;
  const failed: HookFailed = (hook, operation, thrown) => {
    warn('a hook', thrown);
    if (typeof logNumber === 'number') {
      completions().hookFailed(logNumber, ticket, hook, operation, `${messageOf(thrown)}`);
    }
  };
  const attempt = new OpenAttempt(hookLists.get(number) ?? [], seen, inContext, failed);
  owner.attempts ??= new Map();
  owner.attempts.set(key, attempt);
  attempt.begin((headers) => {
    for (const reason of completions().reply(ticket, key, JSON.stringify(headers))) {
      failed('beforeAttempt', seen.operation, new Error(reason));
    }
  });
}

function endAttempt(owner: Observing | undefined, [key, outcome]: readonly [key: number, outcome: AttemptOutcome]): void {
  const attempt = owner?.attempts?.get(key);
  owner?.attempts?.delete(key);
  attempt?.end(outcome);
}

/** Runs the hooks after the attempts of a request or bulk operation that was canceled. */
function cancelAttempts(owner: Observing | undefined): void {
  const attempts = owner?.attempts;
  if (owner !== undefined) {
    owner.attempts = undefined;
  }
  attempts?.forEach((attempt) => attempt.cancel());
}

/** Adds a chunk of a list. An aborted request has nothing to add to. */
function add(pending: Pending | undefined, chunk: readonly unknown[]): void {
  if (pending?.list === undefined) {
    if (pending !== undefined) {
      pending.list = chunk as unknown[];
    }
    return;
  }
  for (const item of chunk) {
    pending.list.push(item);
  }
}

function respond(pending: Pending | undefined, content: unknown): void {
  if (pending?.list === undefined) {
    pending?.resolve(content);
  } else {
    add(pending, content as unknown[]);
    pending.resolve(pending.list);
  }
}

/** Runs code of the user. Its errors must neither stop other events nor end the process. */
function guarded(run: () => unknown): void {
  try {
    const result = run();
    if (typeof (result as { then?: unknown } | undefined)?.then === 'function') {
      void Promise.resolve(result).catch(warnOfLogger);
    }
  } catch (thrown) {
    warnOfLogger(thrown);
  }
}

const warnOfLogger = (thrown: unknown): void => warn('a logger', thrown);

/** Reports the first error of a kind of code as a process warning. */
function warn(what: string, thrown: unknown): void {
  if (!warned.has(what)) {
    warned.add(what);
    process.emitWarning(`${what} failed: ${stackOf(thrown)}`, 'CallFluentWarning');
  }
}

/** Returns the stack of what was thrown. A value that cannot be read must not throw again. */
function stackOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.stack}` : messageOf(thrown);
  } catch {
    return messageOf(thrown);
  }
}

/** Registers the source of an upload's chunks. */
export function addSource(number: number, source: Source): void {
  sources.set(number, source);
}

/** Removes the source of an upload's chunks. */
export function dropSource(number: number): void {
  const source = sources.get(number);
  sources.delete(number);
  guarded(() => source?.done());
}

/** Registers a bulk operation whose attempts hooks see, and whose records the logger gets. */
export function addBulk(number: number, observed: Observed): void {
  bulks.set(number, { request: observed, attempts: undefined });
}

/** Removes a bulk operation. Attempts in flight were canceled. */
export function dropBulk(number: number): void {
  const bulk = bulks.get(number);
  bulks.delete(number);
  cancelAttempts(bulk);
}

/** Registers the sink of a client's log records. */
export function addSink(number: number, sink: LogSink): void {
  sinks.set(number, sink);
}

/** Removes the sink of a client's log records. */
export function dropSink(number: number): void {
  sinks.delete(number);
}

/** Registers the hooks of a client. */
export function addHooks(number: number, hooks: readonly Hooks[]): void {
  hookLists.set(number, hooks);
}

/** Removes the hooks of a client. */
export function dropHooks(number: number): void {
  hookLists.delete(number);
}

/** Runs a function of the addon whose errors are reports. */
export function reported<T>(run: () => T): T {
  try {
    return run();
  } catch (thrown) {
    // The addon can be missing.
    if (thrown instanceof CallFluentError) {
      throw outside(thrown);
    }
    const report = reportOf(thrown);
    throw report === undefined ? outside(new CallFluentError(String(thrown), { cause: thrown })) : errorFrom(report);
  }
}

/** Returns the report that an error of the addon has as its message. */
export function reportOf(thrown: unknown): Report | undefined {
  try {
    const report = JSON.parse((thrown as Error).message) as Report | null;
    return typeof report?.name === 'string' ? report : undefined;
  } catch {
    return undefined;
  }
}
