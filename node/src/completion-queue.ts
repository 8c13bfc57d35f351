// Calls under way in this environment: each has a ticket; the addon wakes us once for many that have ended, and one JSON
// text holds what became of all of them. While a call is under way the process stays alive, and no longer.

import { CallFluentError, errorFrom, outside, type Report } from './errors';
import { loadNative, type Completions } from './native';

/** What happened, as the addon numbers it. */
const ANSWER = 0;
const FAILURE = 1;
const LOG = 2;
const WANTED = 3;
const DONE = 4;
const MORE = 5;
const PART = 6;

/** How much is taken in at once, in characters, if there is more: the event loop is busy with it for about two milliseconds. */
const ENOUGH = 512 * 1024;

/** Reads the pieces of an upload's stream. */
export interface Source {
  /** The next piece is wanted. */
  wanted(): void;
  /** No more of it is wanted. */
  done(): void;
}

/** Takes the log records of a client. */
export type LogSink = (record: Record<string, unknown>) => void;

/**
 * What a failed call leaves. Whoever waits for the call makes the error of it: then the functions that wait for them are in
 * the error's stack.
 */
export class Failed {
  constructor(readonly report: Report) {}
}

interface Call {
  readonly resolve: (outcome: unknown) => void;
  readonly reject: (reason: unknown) => void;
  readonly signal: AbortSignal | undefined;
  /** What has come of the list that it is answered with. */
  list: unknown[] | undefined;
}

/** The calls that a signal ends. There is one listener for all of them: Node warns of many. */
interface Watch {
  readonly tickets: Set<number>;
  readonly onAbort: () => void;
}

const calls = new Map<number, Call>();
const watches = new WeakMap<AbortSignal, Watch>();
const sources = new Map<number, Source>();
const sinks = new Map<number, LogSink>();
let lastNumber = 0;
/** Captured when the package is loaded: test runners with fake timers replace it later. */
const { setImmediate: afterOthers } = process.getBuiltinModule('node:timers');
const now = Promise.resolve();

let queue: Completions | undefined;

/** The addon's queue of this environment. */
export function completions(): Completions {
  return (queue ??= new (loadNative().Completions)(drain));
}

/** A number that nothing else of this environment has. */
export function nextNumber(): number {
  lastNumber += 1;
  return lastNumber;
}

/**
 * Starts a call and promises what becomes of it.
 *
 * @param begin - Hands the call to the addon, under the ticket that it is given.
 * @param signal - Ends the call at the server and rejects at once with its reason.
 */
export function start<T>(begin: (ticket: number) => void, signal?: AbortSignal): Promise<T | Failed> {
  return new Promise<T | Failed>((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const ticket = nextNumber();
    if (calls.size === 0) {
      completions().keepAlive(true);
    }
    // It is known before it is begun: where that fails for several calls at once, each is told.
    calls.set(ticket, { resolve: resolve as (outcome: unknown) => void, reject, signal, list: undefined });
    try {
      if (signal) {
        watch(signal, ticket);
      }
      begin(ticket);
    } catch (thrown) {
      take(ticket);
      throw thrown;
    }
  });
}

/** Ends a call that could not be handed over. */
export function fail(ticket: number, report: Report): void {
  take(ticket)?.resolve(new Failed(report));
}

/** Takes a call off the list; where it was the last one the process may end. */
function take(ticket: number): Call | undefined {
  const call = calls.get(ticket);
  if (call === undefined) {
    return undefined;
  }
  calls.delete(ticket);
  if (calls.size === 0) {
    completions().keepAlive(false);
  }
  if (call.signal) {
    unwatch(call.signal, ticket);
  }
  return call;
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
    // What only looks like a signal may have no such method, and nobody else's call is to fail for it.
    signal.removeEventListener?.('abort', watched.onAbort);
  }
}

function abort(ticket: number): void {
  const call = take(ticket);
  if (call !== undefined) {
    // Calls are handed over at the end of the turn that they are made in at the latest; only then can they be ended.
    void now.then(() => completions().cancel(ticket));
    call.reject(call.signal?.reason);
  }
}

/** Takes in what has happened since the last time. What is more than enough comes after others had their turn. */
function drain(): void {
  for (let taken = 0; taken < ENOUGH; ) {
    const text = completions().drain();
    taken += text.length;
    if (!takeIn(JSON.parse(text) as unknown[])) {
      return;
    }
  }
  afterOthers(drain);
}

/** Takes in some of what has happened, and says whether there is more. */
function takeIn(events: readonly unknown[]): boolean {
  let more = false;
  for (let index = 0; index < events.length; index += 3) {
    const number = events[index] as number;
    const content = events[index + 2];
    switch (events[index + 1]) {
      case ANSWER:
        answer(take(number), content);
        break;
      case PART:
        add(calls.get(number), content as unknown[]);
        break;
      case FAILURE:
        fail(number, content as Report);
        break;
      case LOG:
        guarded(() => sinks.get(number)?.(content as Record<string, unknown>));
        break;
      case WANTED:
        guarded(() => sources.get(number)?.wanted());
        break;
      case DONE:
        dropSource(number);
        break;
      case MORE:
        more = true;
        break;
    }
  }
  return more;
}

/** A part of the list that a call is answered with; nobody waits for it where the call was aborted. */
function add(call: Call | undefined, part: readonly unknown[]): void {
  if (call?.list === undefined) {
    if (call !== undefined) {
      call.list = part as unknown[];
    }
    return;
  }
  for (const item of part) {
    call.list.push(item);
  }
}

function answer(call: Call | undefined, content: unknown): void {
  if (call?.list === undefined) {
    call?.resolve(content);
  } else {
    add(call, content as unknown[]);
    call.resolve(call.list);
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
export function reported<T>(run: () => T): T {
  try {
    return run();
  } catch (thrown) {
    // There may be no addon.
    if (thrown instanceof CallFluentError) {
      throw outside(thrown);
    }
    const report = reportOf(thrown);
    throw report === undefined ? outside(new CallFluentError(String(thrown), { cause: thrown })) : errorFrom(report);
  }
}

function reportOf(thrown: unknown): Report | undefined {
  try {
    return JSON.parse((thrown as Error).message) as Report;
  } catch {
    return undefined;
  }
}
