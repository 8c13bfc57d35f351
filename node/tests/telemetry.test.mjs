// OpenTelemetry: spans and metrics of attempts, with the exporters in memory that its SDK has.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

import * as api from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';

import { callfluent, folder, Sandbox } from './support/package.mjs';
import { json, KEY, serve, until } from './support/server.mjs';

const { openTelemetry } = callfluent;

api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
api.propagation.setGlobalPropagator({
  inject: (context, carrier, setter) => {
    const { traceId, spanId } = api.trace.getSpanContext(context);
    setter.set(carrier, 'traceparent', `00-${traceId}-${spanId}-01`);
  },
  extract: (context) => context,
  fields: () => ['traceparent'],
});

/** Hooks whose spans and metrics are collected. */
function collected(processors = [], used = api) {
  const exporter = new InMemorySpanExporter();
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 });
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter), ...processors] });
  const meterProvider = new MeterProvider({ readers: [reader] });
  return {
    hooks: openTelemetry(used, { tracerProvider, meterProvider }),
    tracer: tracerProvider.getTracer('test'),
    operations: () => exporter.getFinishedSpans().filter(({ kind, name }) => kind === api.SpanKind.INTERNAL && /^[a-zA-Z]+(\.[a-zA-Z]+)?$/.test(name)),
    attempts: () => exporter.getFinishedSpans().filter(({ kind }) => kind === api.SpanKind.CLIENT),
    metrics: async () => {
      await reader.forceFlush();
      return metrics.getMetrics().at(-1).scopeMetrics[0].metrics;
    },
  };
}

/** Runs code in a span. */
function within(tracer, name, run) {
  return tracer.startActiveSpan(name, async (span) => {
    try {
      return await run(span);
    } finally {
      span.end();
    }
  });
}

test('each attempt is a client span', async (context) => {
  const { hooks, tracer, attempts, operations } = collected();
  const sandbox = await Sandbox.start({ demo: true });
  context.after(() => sandbox.close());
  await sandbox.respond({ status: 503 });
  await sandbox.respond({ disconnect: 'beforeResponse' });
  const parent = await within(tracer, 'the parent', async (span) => {
    await sandbox.client({ hooks }).agents.get(1001, { requestId: 'lead-42' });
    return span.spanContext();
  });
  const spans = attempts();
  const traceparents = (await sandbox.journal()).map(({ headers }) => headers.traceparent);
  const [operation] = operations();
  assert.deepEqual([operations().length, operation.name], [1, 'agents.get']);
  assert.equal(operation.parentSpanContext.spanId, parent.spanId);
  assert.deepEqual(spans.map(({ name }) => name), Array(3).fill('GET /api/agent/get-one/{agentId}'));
  const { hostname, port } = new URL(sandbox.baseUrl);
  for (const [index, span] of spans.entries()) {
    assert.equal(span.parentSpanContext.spanId, operation.spanContext().spanId);
    assert.equal(span.attributes['url.template'], '/api/agent/get-one/{agentId}');
    assert.equal(traceparents[index], `00-${parent.traceId}-${span.spanContext().spanId}-01`);
    assert.equal(span.attributes['http.request.method'], 'GET');
    assert.equal(span.attributes['url.full'], `${sandbox.baseUrl}/agent/get-one/1001`);
    assert.deepEqual([span.attributes['server.address'], span.attributes['server.port']], [hostname, Number(port)]);
    assert.equal(span.attributes['callfluent.operation'], 'agents.get');
    assert.equal(span.attributes['callfluent.client_request_id'], 'lead-42');
  }
  const each = (name) => spans.map(({ attributes }) => attributes[name]);
  assert.deepEqual(each('http.request.resend_count'), [undefined, 1, 2]);
  assert.deepEqual(each('http.response.status_code'), [503, undefined, 200]);
  assert.deepEqual(each('error.type'), ['503', 'APIConnectionError', undefined]);
  const { ERROR, UNSET } = api.SpanStatusCode;
  assert.deepEqual(spans.map(({ status }) => status.code), [ERROR, ERROR, UNSET]);
});

test('concurrent requests keep their parents', async (context) => {
  const { hooks, tracer, attempts, operations } = collected();
  const sandbox = await Sandbox.start({ demo: true });
  context.after(() => sandbox.close());
  const client = sandbox.client({ hooks });
  const parents = await Promise.all(
    [1001, 1002, 1003].map((id) =>
      within(tracer, `parent ${id}`, async (span) => {
        await client.request('GET', `/agent/get-one/${id}`).catch(() => {});
        return [String(id), span.spanContext().spanId];
      }),
    ),
  );
  const parentOf = new Map(operations().map((span) => [span.spanContext().spanId, span.parentSpanContext.spanId]));
  const found = attempts().map(({ attributes, parentSpanContext }) => [attributes['url.full'].slice(-4), parentOf.get(parentSpanContext.spanId)]);
  assert.deepEqual(found.sort(), parents.sort());
  assert.ok(attempts().every(({ name }) => name === 'GET'), 'a request by path has no template');
});

test('each operation is a span', async (context) => {
  const { hooks, attempts, operations } = collected();
  const sandbox = await Sandbox.start({ demo: true });
  context.after(() => sandbox.close());
  const client = sandbox.client({ hooks });
  await client.withOptions({ timeout: 30_000 }).agents.patch(1001, { tone: 'Warm' });
  const patch = (await sandbox.journal()).length;
  for await (const call of client.calls.list(1002)) assert.ok(call.id);
  await client.withRawResponse.agents.getPublic(1002);
  await assert.rejects(client.agents.get(9999), { name: 'NotFoundError' });
  await client.agents.getMany([1001, 1002]);
  await client.knowledge.uploadOnly(1001, [{ name: 'a.txt', data: 'one' }]);
  await client.calls.wait(1002, (await client.calls.list(1002)).items[0].id);
  const sent = (await sandbox.journal()).length;
  await client.asCurl.agents.get(7);
  await client.asCurl.request('GET', '/x');
  const spans = operations();
  const names = spans.map(({ name }) => name);
  const expected = ['agents.patch', 'calls.list', 'agents.getPublic', 'agents.get', 'agents.getMany', 'knowledge.uploadOnly', 'calls.list', 'calls.wait'];
  assert.deepEqual(names.filter((name, index) => name !== names[index - 1]), expected);
  assert.ok(spans.every(({ parentSpanContext }) => parentSpanContext === undefined));
  const failed = spans.filter(({ attributes }) => 'error.type' in attributes);
  assert.deepEqual(failed.map(({ name, attributes, status }) => [name, attributes['error.type'], status.code]), [['agents.get', 'NotFoundError', api.SpanStatusCode.ERROR]]);
  const parents = attempts().map(({ parentSpanContext }) => spans.find((span) => span.spanContext().spanId === parentSpanContext.spanId).name);
  assert.equal(parents.length, sent);
  const count = (name) => parents.filter((parent) => parent === name).length;
  assert.deepEqual(['agents.patch', 'agents.getPublic', 'agents.get', 'agents.getMany', 'knowledge.uploadOnly'].map(count), [patch, 1, 1, 2, 1]);
});

test('attempts are children without a context manager', async (context) => {
  const sandbox = await Sandbox.start({ demo: true });
  context.after(() => sandbox.close());
  const none = { active: () => api.ROOT_CONTEXT, with: (_, run) => run() };
  const { hooks, attempts, operations } = collected([], { ...api, context: none });
  const client = sandbox.client({ hooks });
  await Promise.all([client.agents.get(1001), client.agents.getPublic(1002)]);
  const nameOf = new Map(operations().map((span) => [span.spanContext().spanId, span.name]));
  for (const { attributes, parentSpanContext } of attempts()) {
    assert.equal(nameOf.get(parentSpanContext.spanId), attributes['callfluent.operation']);
  }
  assert.equal(attempts().length, 2);
});

test('durations are a histogram', async (context) => {
  const { hooks, metrics } = collected();
  const sandbox = await Sandbox.start({ demo: true });
  context.after(() => sandbox.close());
  const client = sandbox.client({ hooks });
  for (let request = 0; request < 3; request += 1) await client.agents.get(1001);
  const [{ descriptor, dataPoints: [point] }] = await metrics();
  assert.deepEqual([descriptor.name, descriptor.unit], ['http.client.request.duration', 's']);
  assert.equal(point.value.count, 3);
  assert.ok(point.value.sum > 0 && point.value.sum < 30, point.value.sum);
  assert.equal(point.value.buckets.boundaries.at(-1), 10);
  assert.equal(point.attributes['http.response.status_code'], 200);
  assert.ok(!('url.full' in point.attributes));
});

test('nothing contains the key or values of the query', async (context) => {
  const { hooks, attempts, metrics } = collected();
  const server = await serve((_, response) => json(response, {}, 200, { 'x-request-id': KEY }));
  context.after(server.close);
  await server.client({ hooks }).request('POST', `/x/${KEY}`, { json: { body: 'hidden' }, query: { token: 'hidden', page: 2 } });
  assert.equal(attempts().length, 1);
  const spans = attempts().map(({ name, attributes, status, events, resource }) => ({ name, attributes, status, events, resource: resource.attributes }));
  const shown = JSON.stringify([spans, await metrics()]);
  assert.match(shown, /page=2/);
  assert.ok(!shown.includes(KEY) && !shown.includes('hidden'), shown);
});

test('a span ends if its request is aborted', async (context) => {
  const { hooks, attempts, operations } = collected();
  const server = await serve(() => {});
  context.after(server.close);
  const controller = new AbortController();
  const request = server.client({ hooks }).agents.get(7, { signal: controller.signal });
  await until(() => server.recorded.length > 0);
  controller.abort();
  await assert.rejects(request);
  assert.deepEqual(attempts().map(({ attributes }) => attributes['error.type']), ['canceled']);
  assert.deepEqual(operations().map(({ attributes }) => attributes['error.type']), ['AbortError']);
});

test('the context is not sent without propagation', async (context) => {
  const server = await serve((_, response) => json(response, {}));
  context.after(server.close);
  const tracerProvider = new BasicTracerProvider();
  await server.client({ hooks: openTelemetry(api, { tracerProvider, propagate: false }) }).request('GET', '/x');
  await server.client({ hooks: openTelemetry(api, { tracerProvider }) }).request('GET', '/x');
  assert.deepEqual(server.recorded.map(({ headers }) => 'traceparent' in headers), [false, true]);
});

test('an exporter that fails changes nothing', async (context) => {
  const fail = () => {
    throw new Error('the exporter failed');
  };
  const failing = { onStart: fail, onEnd: fail, forceFlush: async () => {}, shutdown: async () => {} };
  const { hooks } = collected([failing]);
  const sandbox = await Sandbox.start({ demo: true });
  context.after(() => sandbox.close());
  assert.ok((await sandbox.client({ hooks }).calls.start(1002, { phoneNumber: '+15551234567' })).id);
  assert.equal((await sandbox.journal()).length, 1);
});

test('the package does not import the API of OpenTelemetry', async () => {
  const source = `
    const { CallFluent, openTelemetry } = require(${JSON.stringify(folder)});
    const client = new CallFluent({ apiKey: 'test-key', hooks: [{ afterAttempt() {} }] });
    client.asCurl.agents.get(7).then(() => {
      const files = Object.keys(require.cache).filter((file) => file.includes('opentelemetry'));
      let message;
      try { openTelemetry(undefined) } catch (error) { message = error.message }
      process.stdout.write(JSON.stringify({ files, message }));
    });`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', source]);
  const { files, message } = JSON.parse(stdout);
  assert.deepEqual(files, []);
  assert.match(message, /@opentelemetry\/api/);
});
