// OpenTelemetry: a span for each operation, with a client span for each attempt of its requests,
// and the durations as a metric. The user passes the API package: this package never imports it.

import type { Attempt, EndedAttempt, Hooks } from './hooks';
import { type OperationSpan, type SpanHooks, START_SPAN } from './operation-spans';
import { checked, flag, object } from './option-checks';
import { VERSION } from './version';

/** A span of OpenTelemetry, as far as this package uses it. */
export interface TelemetrySpan {
  /** Sets an attribute. */
  setAttribute(name: string, value: string | number): unknown;
  /** Sets the status. */
  setStatus(status: { code: number }): unknown;
  /** Ends the span. */
  end(): void;
}

/** Makes spans, as far as this package uses it. */
export interface TelemetryTracer {
  /** Starts a span. */
  startSpan(
    name: string,
    options: { kind: number; attributes: Record<string, string | number> },
    context?: unknown,
  ): TelemetrySpan;
}

/** Makes metrics, as far as this package uses it. */
export interface TelemetryMeter {
  /** Creates a histogram. */
  createHistogram(
    name: string,
    options: { unit: string; description: string; advice: { explicitBucketBoundaries: number[] } },
  ): { record(value: number, attributes: Record<string, string | number>, context?: unknown): void };
}

/** Makes tracers. */
export interface TelemetryTracerProvider {
  /** Returns a tracer. */
  getTracer(name: string, version?: string): TelemetryTracer;
}

/** Makes meters. */
export interface TelemetryMeterProvider {
  /** Returns a meter. */
  getMeter(name: string, version?: string): TelemetryMeter;
}

/** The package `@opentelemetry/api`, as far as this package uses it. */
export interface OpenTelemetryApi {
  /** Makes tracers, and puts a span into a context. */
  readonly trace: TelemetryTracerProvider & { setSpan(context: unknown, span: TelemetrySpan): unknown };
  /** The current context, and code that runs in another one. */
  readonly context: { active(): unknown; with<T>(context: unknown, run: () => T): T };
  /** Passes the context on in headers. */
  readonly propagation: { inject(context: unknown, carrier: Record<string, string>): void };
  /** Makes meters. */
  readonly metrics: TelemetryMeterProvider;
  /** Kinds of spans. */
  readonly SpanKind: { readonly CLIENT: number; readonly INTERNAL: number };
  /** Statuses of spans. */
  readonly SpanStatusCode: { readonly ERROR: number };
}

/** Options of {@link openTelemetry}. */
export interface OpenTelemetryOptions {
  /** Provider of the tracer. Default: the global one. */
  tracerProvider?: TelemetryTracerProvider | undefined;
  /** Provider of the meter. Default: the global one. */
  meterProvider?: TelemetryMeterProvider | undefined;
  /** Sends the context of a span to the server, such as `traceparent`. Default: true. */
  propagate?: boolean | undefined;
}

/** The boundaries that the semantic conventions ask for, in seconds. */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

interface Open {
  readonly span: TelemetrySpan;
  readonly context: unknown;
  readonly attributes: Record<string, string | number>;
}

/**
 * Returns hooks that make spans and metrics. Each operation is a span of kind INTERNAL in the
 * context of its caller. Its children are spans of kind CLIENT, one for each attempt of its
 * requests. Names follow the semantic conventions for HTTP clients. Neither spans nor metrics
 * contain the API key, headers, bodies, or values of the query except `page`.
 *
 * @param api - The package `@opentelemetry/api` that the program has installed.
 * @param options - Providers, and whether the context is sent to the server.
 * @returns Hooks for the option `hooks` of a client.
 * @throws {@link !TypeError} `api` is not the package.
 * @throws {@link InvalidRequestError} An option is unknown or invalid.
 * @example
 * ```ts
 * import * as api from '@opentelemetry/api';
 *
 * const client = new CallFluent({ hooks: openTelemetry(api) });
 * ```
 */
export function openTelemetry(api: OpenTelemetryApi, options: OpenTelemetryOptions = {}): Hooks {
  if (typeof api?.trace?.getTracer !== 'function') {
    throw new TypeError('openTelemetry: expected the package @opentelemetry/api; pass its namespace, as in `import * as api`');
  }
  const { tracerProvider, meterProvider, propagate = true } = checked<OpenTelemetryOptions>(
    'openTelemetry',
    options,
    { tracerProvider: object, meterProvider: object, propagate: flag },
    '{ propagate: false }',
  );
  const tracer = (tracerProvider ?? api.trace).getTracer('callfluent', VERSION);
  const meter = (meterProvider ?? api.metrics).getMeter('callfluent', VERSION);
  const durations = meter.createHistogram('http.client.request.duration', {
    unit: 's',
    description: 'Duration of HTTP client requests.',
    advice: { explicitBucketBoundaries: BOUNDARIES },
  });
  const started = new WeakMap<object, Open>();
  // A program without a context manager has no current context: an operation keeps its own.
  const contexts = new (process.getBuiltinModule('node:async_hooks').AsyncLocalStorage)<unknown>();
  const hooks: SpanHooks = {
    [START_SPAN](operation: string): OperationSpan {
      const attributes = { 'callfluent.operation': operation };
      const span = tracer.startSpan(operation, { kind: api.SpanKind.INTERNAL, attributes });
      const context = api.trace.setSpan(api.context.active(), span);
      return {
        inContext: (run) => api.context.with(context, () => contexts.run(context, run)),
        end(error) {
          if (error !== undefined) {
            span.setAttribute('error.type', nameOf(error.thrown));
            span.setStatus({ code: api.SpanStatusCode.ERROR });
          }
          span.end();
        },
      };
    },
    beforeAttempt(attempt: Attempt): void {
      const attributes = sharedAttributes(attempt);
      const own = { ...attributes, ...spanAttributes(attempt) };
      const { method, urlTemplate } = attempt;
      const name = urlTemplate === undefined ? method : `${method} ${urlTemplate}`;
      const parent = contexts.getStore() ?? api.context.active();
      const span = tracer.startSpan(name, { kind: api.SpanKind.CLIENT, attributes: own }, parent);
      const context = api.trace.setSpan(parent, span);
      started.set(attempt, { span, context, attributes });
      if (propagate) {
        api.propagation.inject(context, attempt.headers);
      }
    },
    afterAttempt(attempt: EndedAttempt): void {
      const open = started.get(attempt);
      if (open === undefined) {
        return;
      }
      const { span, context, attributes } = open;
      const { status } = attempt;
      const error = attempt.error ?? (status !== undefined && status >= 400 ? String(status) : undefined);
      if (status !== undefined) {
        attributes['http.response.status_code'] = status;
        span.setAttribute('http.response.status_code', status);
      }
      if (error !== undefined) {
        attributes['error.type'] = error;
        span.setAttribute('error.type', error);
        span.setStatus({ code: api.SpanStatusCode.ERROR });
      }
      if (attempt.requestId !== undefined) {
        span.setAttribute('callfluent.request_id', attempt.requestId);
      }
      span.end();
      durations.record(attempt.duration / 1_000, attributes, context);
    },
  };
  return hooks;
}

/** Returns the class of an error. Its message could contain what spans must not. */
function nameOf(thrown: unknown): string {
  const name: unknown = (thrown as { name?: unknown } | null | undefined)?.name;
  return typeof name === 'string' ? name : '_OTHER';
}

/** Returns the attributes that spans and metrics have. */
function sharedAttributes({ method, url, urlTemplate }: Attempt): Record<string, string | number> {
  const { protocol, hostname, port } = new URL(url);
  return {
    'http.request.method': method,
    'server.address': hostname,
    'server.port': port === '' ? (PORTS[protocol] ?? 0) : Number(port),
    'url.scheme': protocol.slice(0, -1),
    ...(urlTemplate === undefined ? {} : { 'url.template': urlTemplate }),
  };
}

/** Returns the attributes that only spans have: metrics need few different values. */
function spanAttributes({ url, operation, number, clientRequestId }: Attempt): Record<string, string | number> {
  return {
    'url.full': url,
    'callfluent.operation': operation,
    ...(number > 1 ? { 'http.request.resend_count': number - 1 } : {}),
    ...(clientRequestId === undefined ? {} : { 'callfluent.client_request_id': clientRequestId }),
  };
}
