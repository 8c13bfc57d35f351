// An attempt whose hooks run. A hook that fails is reported, and neither stops the other hooks nor
// changes the request.

import type { InContext } from './async-context';
import type { Attempt, EndedAttempt, Hooks } from './hooks';

/** An attempt, as the addon reports its start. */
export interface SeenAttempt extends Omit<Attempt, 'headers' | 'urlTemplate' | 'clientRequestId'> {
  readonly urlTemplate: string | null;
  readonly clientRequestId: string | null;
}

/** The end of an attempt, as the addon reports it. */
export interface AttemptOutcome {
  readonly status?: number | null;
  readonly error: string | null;
  readonly duration: number;
  readonly requestId?: string | null;
}

/** A header: name and value. */
export type Header = readonly [name: string, value: string];

type HookName = 'beforeAttempt' | 'afterAttempt';
/** Receives what a hook throws. */
export type HookFailed = (hook: HookName, operation: string, thrown: unknown) => void;

type Running = InstanceType<typeof import('node:async_hooks').AsyncLocalStorage<OpenAttempt>>;
/** The attempt whose hook runs. Created with the first hook, since it slows down all promises. */
let running: Running | undefined;

/** Returns whether a hook runs, which may wait for the request that it makes. */
export function isWithinHook(): boolean {
  // A task that a hook started can outlive it.
  return running?.getStore()?.isRunning === true;
}

/** An attempt that has begun and has not ended. */
export class OpenAttempt {
  /** True while hooks run, or are awaited. */
  isRunning = false;
  readonly #hooks: readonly Hooks[];
  readonly #inContext: InContext | undefined;
  readonly #failed: HookFailed;
  readonly #attempt: Attempt;
  /** Undefined while hooks run before the attempt. */
  #sent: number | undefined;
  #outcome: AttemptOutcome | undefined;

  constructor(hooks: readonly Hooks[], seen: SeenAttempt, inContext: InContext | undefined, failed: HookFailed) {
    this.#hooks = hooks;
    this.#inContext = inContext;
    this.#failed = failed;
    const { urlTemplate, clientRequestId } = seen;
    const shown = { ...seen, urlTemplate: urlTemplate ?? undefined, clientRequestId: clientRequestId ?? undefined };
    this.#attempt = Object.defineProperty(shown, 'headers', { value: {}, writable: true }) as unknown as Attempt;
  }

  /** Runs the hooks before the attempt, and then passes on the headers that they added. */
  begin(send: (headers: readonly Header[]) => void): void {
    const attempt = this.#attempt;
    this.#run('beforeAttempt', (hook) => hook.beforeAttempt?.(attempt), () => {
      this.#sent = performance.now();
      if (this.#outcome === undefined) {
        send(this.#headers());
      } else {
        this.#finish(this.#outcome);
      }
    });
  }

  /** Runs the hooks after the attempt, if necessary when those before it have run. */
  end(outcome: AttemptOutcome): void {
    this.#outcome = outcome;
    if (this.#sent !== undefined) {
      this.#finish(outcome);
    }
  }

  /** Runs the hooks after an attempt whose request was aborted. */
  cancel(): void {
    this.end({ error: 'canceled', duration: this.#sent === undefined ? 0 : performance.now() - this.#sent });
  }

  #finish({ status, error, duration, requestId }: AttemptOutcome): void {
    const ended = this.#attempt as EndedAttempt;
    try {
      Object.assign(ended, {
        status: status ?? undefined,
        error: error ?? undefined,
        duration,
        requestId: requestId ?? undefined,
      });
    } catch (thrown) {
      // A hook has frozen the attempt. The others still get the same object, which can be their
      // key, without the outcome.
      this.#failed('afterAttempt', ended.operation, thrown);
    }
    this.#run('afterAttempt', (hook) => hook.afterAttempt?.(ended), () => {});
  }

  #run(name: HookName, run: (hook: Hooks) => unknown, done: () => void): void {
    const failed = (thrown: unknown): void => this.#failed(name, this.#attempt.operation, thrown);
    const inContext = this.#inContext;
    running ??= new (process.getBuiltinModule('node:async_hooks').AsyncLocalStorage<OpenAttempt>)();
    const storage = running;
    const runWithin = (hook: Hooks): unknown => storage.run(this, () => run(hook));
    this.isRunning = true;
    const continueAt = (start: number): void => {
      for (let index = start; index < this.#hooks.length; index += 1) {
        const hook = this.#hooks[index]!;
        try {
          const result = inContext === undefined ? runWithin(hook) : inContext(() => runWithin(hook));
          if (typeof (result as PromiseLike<void> | undefined)?.then === 'function') {
            void Promise.resolve(result).catch(failed).then(() => continueAt(index + 1));
            return;
          }
        } catch (thrown) {
          failed(thrown);
        }
      }
      this.isRunning = false;
      done();
    };
    continueAt(0);
  }

  /** Returns the headers that hooks added. Values that are not strings are reported. */
  #headers(): readonly Header[] {
    try {
      const added = Object.entries(this.#attempt.headers) as [string, unknown][];
      return added.filter((header): header is [string, string] => {
        const [name, value] = header;
        if (typeof value === 'string') {
          return true;
        }
        const reason = `the header ${JSON.stringify(name)} must be a string, got ${typeof value}`;
        this.#failed('beforeAttempt', this.#attempt.operation, new TypeError(reason));
        return false;
      });
    } catch (thrown) {
      this.#failed('beforeAttempt', this.#attempt.operation, thrown);
      return [];
    }
  }
}
