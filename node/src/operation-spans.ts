// Spans around whole operations, for hooks that make them: those of OpenTelemetry. Other hooks see
// attempts only. A span that fails changes nothing.

import type { InContext } from './async-context';
import type { Hooks } from './hooks';
import { messageOf } from './records';

/** A span around an operation. */
export interface OperationSpan {
  /** Runs the operation, so that the spans of its attempts are children. */
  readonly inContext: InContext;
  /** Ends the span. `error` is what the operation throws, if it fails. */
  end(error?: { readonly thrown: unknown }): void;
}

/** Key of the function that starts a span. It is the same for every copy of the package. */
export const START_SPAN = Symbol.for('callfluent.operation');

/** Hooks that make spans around operations. */
export interface SpanHooks extends Hooks {
  /** Starts the span of an operation, such as `agents.get`. */
  [START_SPAN](operation: string): OperationSpan;
}

/** Runs an operation within its spans. */
export type InSpans = <T>(operation: string, run: () => Promise<T>) => Promise<T>;

/** Returns a function that runs operations within spans; `undefined` if no hooks make any. */
export function inSpansOf(hooks: readonly Hooks[]): InSpans | undefined {
  const makers = hooks.filter((hook): hook is SpanHooks => typeof (hook as Partial<SpanHooks>)[START_SPAN] === 'function');
  return makers.length === 0 ? undefined : (operation, run) => runInSpans(makers, operation, run);
}

async function runInSpans<T>(makers: readonly SpanHooks[], operation: string, run: () => Promise<T>): Promise<T> {
  const spans: OperationSpan[] = [];
  for (const maker of makers) {
    guarded(() => void spans.push(maker[START_SPAN](operation)));
  }
  // A context that fails must neither prevent the operation nor run it twice.
  let result: Promise<T> | undefined;
  const once = (): void => void (result ??= run());
  const within = spans.reduceRight((inner, span) => () => span.inContext(inner), once);
  guarded(within);
  once();
  try {
    const value = await result!;
    spans.forEach((span) => guarded(() => span.end()));
    return value;
  } catch (thrown) {
    spans.forEach((span) => guarded(() => span.end({ thrown })));
    throw thrown;
  }
}

let hasWarned = false;

function guarded(run: () => void): void {
  try {
    run();
  } catch (thrown) {
    if (!hasWarned) {
      hasWarned = true;
      process.emitWarning(`a span of an operation failed: ${messageOf(thrown)}`, 'CallFluentWarning');
    }
  }
}
