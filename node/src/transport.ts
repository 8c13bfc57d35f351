// Sends all requests of a client. Owns the native half of the client, its logger and its state.
// A closed client whose requests have ended holds no resources.

import { encode, invalid, isWellFormed, LONE_SURROGATE } from './arguments';
import { captureContext } from './async-context';
import type { BulkChunk, PreparedBulk } from './bulk';
import type { BulkOperation } from './bulk-items';
import type { EncodedBulk } from './bulk-options';
import { report } from './callbacks';
import {
  addBulk,
  addHooks,
  addSink,
  completions,
  dropBulk,
  dropHooks,
  dropSink,
  fail,
  Failed,
  nextNumber,
  type Observed,
  reported,
  reportOf,
  start,
} from './completion-queue';
import { CallFluentError, errorFrom, outside, type Site } from './errors';
import type { ExportSteps } from './export-steps';
import { type FileInput, prepare, release } from './files';
import { type Hooks, listOf } from './hooks';
import { sinkFor, type Logger } from './logging';
import { camelCase } from './names';
import { loadNative, type NativeClient, type NativePages } from './native';
import { type InSpans, inSpansOf } from './operation-spans';
import {
  requestOptions,
  type ClientOptions,
  type RequestOptions,
  type SharedOptions,
  sharedOptions,
  type Wish,
  withClientOptions,
} from './options';
import type { Cursor, ListProgress } from './pagination';
import { encodeContent, type RequestContent } from './request-content';
import { type Columns, finishTable, startTable, type TableOptions } from './tables';
import { type UploadOptions, uploadOptions } from './upload-options';
import { VERSION } from './version';
import type { NextChanges } from './watch-options';

const USER_AGENT = `callfluent-node/${VERSION} (${process.platform}; node ${process.versions.node})`;

/** Number of requests of one turn from which they are passed on at once. */
const MIN_BATCH_SIZE = 8;
/** The runtime starts early only if this share of the requests in flight is waiting. */
const MIN_BATCH_SHARE = 1 / 4;

const now = Promise.resolve();

/** Certificates that Node contains, for machines without any, such as slim container images. */
const rootCertificates = (): string => process.getBuiltinModule('node:tls').rootCertificates.join('\n');

/** Removes the loggers and hooks of clients that were garbage collected without being closed. */
const collected = new FinalizationRegistry<OwnNumbers>(forget);
/** Removes derived clients that were garbage collected. */
const collectedChildren = new FinalizationRegistry<() => void>((removeChild) => removeChild());

/** A list to fetch into a table. */
interface ColumnsRequest {
  /** Name of the type of the records. */
  readonly type: string;
  readonly table: TableOptions | undefined;
  readonly onProgress: ((progress: ListProgress) => void) | undefined;
}

/** Numbers of the log records and hooks that a client owns. */
interface OwnNumbers {
  readonly log: number | null;
  readonly hooks: number | null;
}

/** @internal */
export class Transport {
  /** The native half, until the client is closed and its last request has ended. */
  #native: NativeClient | undefined;
  /** Values that stay readable after that. */
  #final = { baseUrl: '', drift: '[]' };
  readonly #logger: Logger | undefined;
  /** Number of the client's log records, if a logger receives them. */
  readonly #logNumber: number | null;
  /** Number of the hooks, if there are any. A derived client has those of its parent. */
  readonly #hooks: number | null;
  /** Runs an operation within the spans of the hooks, if they make any. */
  readonly #inSpans: InSpans | undefined;
  /** The client that this one was derived from with `withOptions`. They share connections. */
  readonly #parent: Transport | undefined;
  readonly #children = new Set<WeakRef<Transport>>();
  /** Requests that were made in this turn: JSON texts in one line each, and their number. */
  #batch = '';
  #batchSize = 0;
  readonly #passOn = (): void => this.#startBatch();
  /** Requests in flight of this client and of those derived from it. */
  #inFlight = 0;
  #waiting: (() => void)[] = [];
  /** Polls in flight of this client and of those derived from it. Closing the client ends them. */
  readonly #polls = new Set<AbortController>();
  #closed = false;

  constructor(
    create: (logNumber: number | null, hooks: number | null) => NativeClient,
    logger: Logger | undefined,
    hooks: readonly Hooks[],
    parent?: Transport,
  ) {
    const sink = sinkFor(logger);
    this.#logNumber = sink === undefined ? null : nextNumber();
    this.#hooks = hooks.length > 0 ? nextNumber() : parent === undefined ? null : parent.#hooks;
    this.#inSpans = parent === undefined ? inSpansOf(hooks) : parent.#inSpans;
    this.#logger = logger;
    this.#parent = parent;
    this.#native = create(this.#logNumber, this.#hooks);
    if (sink !== undefined && this.#logNumber !== null) {
      addSink(this.#logNumber, sink);
    }
    if (hooks.length > 0 && this.#hooks !== null) {
      addHooks(this.#hooks, hooks);
    }
    if (sink !== undefined || hooks.length > 0) {
      collected.register(this, this.#own(), this);
    }
  }

  /** Returns whether a value is a transport, without reading its properties. */
  static is(value: unknown): value is Transport {
    return typeof value === 'object' && value !== null && #batch in value;
  }

  /** Creates the transport of a client. */
  static from(options: ClientOptions): Transport {
    return withClientOptions(options, USER_AGENT, (text, hooks) => {
      const create = (logNumber: number | null, hooks: number | null): NativeClient =>
        reported(() => new (loadNative().NativeClient)(completions(), text, logNumber, hooks, rootCertificates));
      return new Transport(create, options.logger, listOf(hooks));
    });
  }

  /** Returns a transport with other options that shares the connections. */
  with(options: SharedOptions): Transport {
    this.#refuseIfClosed();
    const text = sharedOptions(options);
    const create = (logNumber: number | null): NativeClient => reported(() => this.#open().withOptions(text, logNumber));
    const child = new Transport(create, options.logger ?? this.#logger, [], this);
    const reference = new WeakRef(child);
    const children = this.#children;
    children.add(reference);
    collectedChildren.register(child, () => children.delete(reference));
    return child;
  }

  get baseUrl(): string {
    return (this.#native ?? this.#final).baseUrl;
  }

  drift(): unknown {
    return JSON.parse(this.#native?.drift() ?? this.#final.drift);
  }

  /**
   * Sends a request by the name of its operation.
   *
   * @param site - Its call site, if the stack of an error cannot show it.
   */
  call<T>(operation: string, args: object, options: RequestOptions | undefined, site?: Site, wish?: Wish): Promise<T> {
    try {
      this.#refuseIfClosed();
      const set = requestOptions(operation, options, wish);
      const text = encode(operation, args);
      const begin = (ticket: number): void => this.#enqueue(`[${ticket},${JSON.stringify(operation)},${text},${set}]`);
      const ifAborted = this.#ifAborted(operation, options);
      const run = (): Promise<T | Failed> => start({ begin, signal: options?.signal, ifAborted, ...this.#observed() });
      return wish === 'curl' ? this.#outcome(run(), site) : this.#operation(operation, run, site);
    } catch (thrown) {
      // With a site, the stack of the error can be too short to reach the caller's code.
      return Promise.reject(site !== undefined && thrown instanceof CallFluentError ? outside(thrown, site) : thrown);
    }
  }

  /** Sends a request whose arguments are a row of strings, such as a line of a CSV file. */
  async callWithRow<T>(
    operation: string,
    row: object,
    options: RequestOptions | undefined,
    site?: Site,
    wish?: Wish,
  ): Promise<T> {
    this.#refuseIfClosed();
    const text = encode(`${operation}_from_row`, row);
    const args = JSON.parse(reported(() => this.#open().decodeRow(operation, text))) as object;
    return await this.call<T>(operation, args, options, site, wish);
  }

  /** Returns the position before the first page of a list. */
  pages<T>(operation: string, args: object, options: RequestOptions | undefined, site: Site): Cursor<T> {
    try {
      this.#refuseIfClosed();
      const set = requestOptions(operation, options);
      const text = encode(operation, args);
      const native = reported(() => this.#open().pages(operation, text, set));
      return this.#cursor(operation, native, options?.signal, site);
    } catch (thrown) {
      throw thrown instanceof CallFluentError ? outside(thrown, site) : thrown;
    }
  }

  /** Fetches all pages of a list into a table. */
  async columns(
    operation: string,
    args: object,
    options: RequestOptions | undefined,
    { type, table: tableOptions, onProgress }: ColumnsRequest,
    site: Site,
  ): Promise<Columns> {
    this.#refuseIfClosed();
    const table = startTable(type, tableOptions);
    const set = requestOptions(operation, options);
    let native = reported(() => this.#open().pages(operation, encode(operation, args), set));
    // The client stays open between two pages.
    this.#begun();
    try {
      for (let pages = 0, items = 0; ; ) {
        const begin = (ticket: number): void => void (native = native.nextInto(ticket, table));
        const run = (): Promise<number | null | Failed> => start({ begin, signal: options?.signal, ...this.#observed() });
        const count = await this.#operation(operation, run, site);
        if (count === null) {
          return finishTable(table);
        }
        pages += 1;
        items += count;
        report(onProgress, { pages, items });
      }
    } finally {
      this.#ended();
    }
  }

  #cursor<T>(operation: string, native: NativePages, signal: AbortSignal | undefined, site: Site): Cursor<T> {
    return {
      page: native.page,
      next: async () => {
        this.#refuseIfClosed();
        let next = native;
        const begin = (ticket: number): void => void (next = native.next(ticket));
        const run = (): Promise<T[] | null | Failed> => start({ begin, signal, ...this.#observed() });
        const items = await this.#operation(operation, run, site);
        return items === null ? null : { items, cursor: this.#cursor(operation, next, signal, site) };
      },
    };
  }

  /**
   * Prepares a bulk operation. Nothing is sent before it runs.
   *
   * @param site - Its call site, for errors.
   */
  bulk(operation: BulkOperation, encoded: EncodedBulk, site: Site): PreparedBulk {
    this.#refuseIfClosed();
    const { ids, settings, request, signal, onProgress } = encoded;
    const number = this.#isObserved() ? nextNumber() : null;
    const native = reported(() => this.#open().bulk(operation.name, settings, request, number));
    const ifAborted = this.#ifAborted(operation.item, { signal });
    const run: PreparedBulk['run'] = async (take, onBegun) => {
      const observed = this.#observed();
      const next = (): Promise<BulkChunk | null> =>
        this.#outcome(start<BulkChunk | null>({ begin: (ticket) => native.next(ticket), signal, ifAborted, ...observed }), site);
      this.#begun();
      if (observed !== undefined && number !== null) {
        addBulk(number, observed);
      }
      onBegun(() => native.cancel());
      try {
        for (let pending = next(); ; ) {
          const chunk = await pending;
          if (chunk === null) {
            return;
          }
          // Before the user's callback, so that an abort in it finds a wait to end.
          pending = next();
          pending.catch(() => undefined);
          take(chunk);
        }
      } finally {
        native.cancel();
        if (number !== null) {
          dropBulk(number);
        }
        this.#ended();
      }
    };
    const inSpans = this.#inSpans;
    const runInSpans: PreparedBulk['run'] = (take, onBegun) =>
      inSpans === undefined ? run(take, onBegun) : inSpans(camelCase(operation.name), () => run(take, onBegun));
    return { ids, onProgress, run: runInSpans };
  }

  /** Returns a function that polls until a call has ended, or once. */
  wait<T>(args: string, settings: string, untilEnded: boolean, signal: AbortSignal | undefined, site: Site): () => Promise<T | null> {
    this.#refuseIfClosed();
    const native = reported(() => this.#open().wait(args, settings));
    return () =>
      this.#poll<T | null>('calls.wait', (ticket) => native.next(ticket, untilEnded), new AbortController(), signal, site);
  }

  /** Returns a function that polls until there are new or changed calls. */
  watch<T>(args: string, settings: string, site: Site): NextChanges<T> {
    this.#refuseIfClosed();
    const native = reported(() => this.#open().watch(args, settings));
    return (received, stop, signal) => this.#poll<T[]>('calls.watch', (ticket) => native.next(ticket, received), stop, signal, site);
  }

  /** Runs an export. The client stays open until its end. */
  async export<T>(settings: string, options: RequestOptions, site: Site, use: (steps: ExportSteps) => Promise<T>): Promise<T> {
    this.#refuseIfClosed();
    const set = requestOptions('calls.export', options);
    const native = reported(() => this.#open().export(settings, set));
    const step = <Numbers>(finishes: boolean): Promise<Numbers> => {
      const begin = (ticket: number): void => native.next(ticket, finishes);
      return this.#outcome(start<Numbers>({ begin, signal: options.signal, ...this.#observed() }), site);
    };
    const { isParquet, lines, converted } = native;
    const run = (): Promise<T> => use({ isParquet, lines, converted, next: () => step(false), finish: () => step(true) });
    this.#begun();
    try {
      return await (this.#inSpans === undefined ? run() : this.#inSpans('calls.export', run));
    } finally {
      native.close();
      this.#ended();
    }
  }

  /** Polls until a result arrives, `stop` or the signal aborts, or the client is closed. */
  async #poll<T>(
    operation: string,
    begin: (ticket: number) => void,
    stop: AbortController,
    signal: AbortSignal | undefined,
    site: Site,
  ): Promise<T> {
    this.#refuseIfClosed();
    if (signal?.aborted) {
      throw signal.reason;
    }
    const end = (): void => stop.abort(signal?.reason);
    signal?.addEventListener('abort', end, { once: true });
    this.#addPoll(stop);
    try {
      const run = (): Promise<T | Failed> => start({ begin, signal: stop.signal, ...this.#observed() });
      return await this.#operation(operation, run, site);
    } finally {
      signal?.removeEventListener?.('abort', end);
      this.#removePoll(stop);
    }
  }

  #addPoll(poll: AbortController): void {
    this.#polls.add(poll);
    if (this.#parent !== undefined) {
      this.#parent.#addPoll(poll);
    }
  }

  #removePoll(poll: AbortController): void {
    this.#polls.delete(poll);
    if (this.#parent !== undefined) {
      this.#parent.#removePoll(poll);
    }
  }

  /** Sends a request with files. */
  async upload<T>(
    operation: string,
    args: object,
    files: readonly FileInput[],
    given: UploadOptions | undefined,
    site?: Site,
    wish?: Wish,
  ): Promise<T> {
    this.#refuseIfClosed();
    const { options, signal: combined, onProgress } = uploadOptions(operation, given);
    const set = requestOptions(operation, options, wish);
    const signal = combined ?? options?.signal;
    const text = encode(operation, args);
    // The client must stay open while files are prepared.
    this.#begun();
    try {
      const prepared = await prepare(operation, files);
      try {
        const begin = (ticket: number): void =>
          passOn(operation, () => this.#open().upload(ticket, operation, text, prepared, set, onProgress !== undefined));
        const ifAborted = this.#ifAborted(operation, { signal });
        const run = (): Promise<T | Failed> => start({ begin, signal, ifAborted, onProgress, ...this.#observed() });
        return await (wish === 'curl' ? this.#outcome(run(), site) : this.#operation(operation, run, site));
      } finally {
        release(prepared);
      }
    } finally {
      this.#ended();
    }
  }

  /** Sends a request that the catalog does not contain. */
  async request<T>(
    method: string,
    path: string,
    content: RequestContent,
    options: RequestOptions | undefined,
    site?: Site,
    wish?: Wish,
  ): Promise<T> {
    this.#refuseIfClosed();
    const set = requestOptions('request', options, wish);
    const [body, query] = encodeContent(content);
    if (typeof method !== 'string' || typeof path !== 'string') {
      throw invalid('request', [{ field: 'path', reason: 'expected a method and a path, both strings' }]);
    }
    if (!isWellFormed(path)) {
      throw invalid('request', [{ field: 'path', reason: LONE_SURROGATE }]);
    }
    const begin = (ticket: number): void =>
      passOn('request', () => this.#open().request(ticket, method, path, body, query, set));
    const outcome = options?.signal === undefined ? null : loadNative().unknownOutcomeOfRequest(method, path);
    const ifAborted = outcome === null ? undefined : abortMessage('request', outcome);
    const run = (): Promise<T | Failed> => start({ begin, signal: options?.signal, ifAborted, ...this.#observed() });
    return await (wish === 'curl' ? this.#outcome(run(), site) : this.#operation('request', run, site));
  }

  /** Runs an operation within the spans of the client's hooks. */
  #operation<T>(operation: string, run: () => Promise<T | Failed>, site: Site | undefined): Promise<T> {
    return this.#inSpans === undefined
      ? this.#outcome(run(), site)
      : this.#inSpans(camelCase(operation), () => this.#outcome(run(), site));
  }

  /** Returns whether the client has a logger or hooks. */
  #isObserved(): boolean {
    return this.#logNumber !== null || this.#hooks !== null;
  }

  /** Returns what the logger and hooks of a request need. Its context costs a microsecond. */
  #observed(): Observed | undefined {
    return this.#isObserved() ? { inContext: captureContext(), logNumber: this.#logNumber } : undefined;
  }

  /** Returns the numbers that only this client has. */
  #own(): OwnNumbers {
    return { log: this.#logNumber, hooks: this.#parent === undefined ? this.#hooks : null };
  }

  /** Returns the message for an abort of an operation that must not run twice. */
  #ifAborted(operation: string, options: RequestOptions | undefined): string | undefined {
    const mayAbort = options?.signal !== undefined && typeof operation === 'string' && isWellFormed(operation);
    const outcome = mayAbort ? loadNative().unknownOutcome(operation) : null;
    return outcome === null ? undefined : abortMessage(operation, outcome);
  }

  /** Adds a request to those of the same turn. */
  #enqueue(request: string): void {
    if (this.#batch === '') {
      void now.then(this.#passOn);
      this.#batch = request;
    } else {
      this.#batch += `\n${request}`;
    }
    this.#batchSize += 1;
    if (this.#batchSize >= MIN_BATCH_SIZE && this.#batchSize >= this.#inFlight * MIN_BATCH_SHARE) {
      this.#startBatch();
    }
  }

  #startBatch(): void {
    const requests = this.#batch;
    if (requests === '') {
      return;
    }
    this.#batch = '';
    this.#batchSize = 0;
    try {
      this.#open().start(requests);
    } catch (thrown) {
      const report = reportOf(thrown) ?? { name: 'CallFluentError', message: String(thrown) };
      for (const request of requests.split('\n')) {
        // The ticket follows the bracket.
        fail(Number.parseInt(request.slice(1), 10), report);
      }
    }
  }

  async #outcome<T>(request: Promise<T | Failed>, site: Site | undefined): Promise<T> {
    this.#begun();
    try {
      const outcome = await request;
      if (outcome instanceof Failed) {
        throw errorFrom(outcome.report, site);
      }
      return outcome;
    } finally {
      this.#ended();
    }
  }

  /** Counts a request of this client, and of the clients that it was derived from. */
  #begun(): void {
    this.#inFlight += 1;
    if (this.#parent !== undefined) {
      this.#parent.#begun();
    }
  }

  #ended(): void {
    this.#inFlight -= 1;
    this.#releaseIfDone();
    if (this.#inFlight === 0) {
      this.#waiting.splice(0).forEach((resolve) => resolve());
    }
    if (this.#parent !== undefined) {
      this.#parent.#ended();
    }
  }

  #open(): NativeClient {
    if (this.#native === undefined) {
      throw closed();
    }
    return this.#native;
  }

  #refuseIfClosed(): void {
    if (this.#closed) {
      throw closed();
    }
    if (this.#parent !== undefined) {
      this.#parent.#refuseIfClosed();
    }
  }

  /** Releases connections at once: the garbage collector does not know their size. */
  #releaseIfDone(): void {
    if (!this.#closed || this.#inFlight > 0) {
      return;
    }
    for (const child of this.#children) {
      child.deref()?.refuse();
    }
    const native = this.#native;
    if (native === undefined) {
      return;
    }
    this.#final = { baseUrl: native.baseUrl, drift: native.drift() };
    this.#native = undefined;
    native.close();
    collected.unregister(this);
    forget(this.#own());
  }

  /** Refuses further requests. */
  refuse(): void {
    this.#closed = true;
    for (const poll of [...this.#polls]) {
      poll.abort(closed());
    }
    this.#releaseIfDone();
  }

  /** Refuses further requests and waits for those in flight, also of derived clients. */
  async close(): Promise<void> {
    this.refuse();
    if (this.#inFlight > 0) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

/** Removes a logger and hooks. */
function forget({ log, hooks }: OwnNumbers): void {
  if (log !== null) {
    dropSink(log);
  }
  if (hooks !== null) {
    dropHooks(hooks);
  }
}

function closed(): CallFluentError {
  return outside(new CallFluentError('the client is closed; create a new one'));
}

function abortMessage(operation: string, outcome: string): string {
  return `${operation} was aborted. The outcome is unknown: ${outcome}`;
}

/** Passes a request to the addon. A value that it cannot decode is the caller's mistake. */
function passOn(operation: string, run: () => void): void {
  try {
    run();
  } catch (thrown) {
    const report = reportOf(thrown);
    if (report !== undefined) {
      throw errorFrom(report);
    }
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw invalid(operation, [{ field: 'arguments', reason: `cannot be sent: ${reason}` }]);
  }
}
