// What is sent and how it is read, by the vectors that all languages share, over real sockets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { callfluent, catalog } from './support/package.mjs';
import { json, KEY, parts, serve } from './support/server.mjs';
import { SURFACE } from './support/surface.mjs';
import { camel, named, namedArguments, operation, vectors } from './support/vectors.mjs';

const without = (value, names) =>
  Array.isArray(value)
    ? value.map((item) => without(item, names))
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .filter(([name]) => !names.includes(name))
            .map(([name, held]) => [name, without(held, names)]),
        )
      : value;

/** A text that holds JSON is compared by what it holds. */
const parsedFields = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value).map(([name, held]) =>
          name === 'fields' && typeof held === 'string' ? [name, JSON.parse(held)] : [name, parsedFields(held)],
        ),
      )
    : value;

function withFiles(vector) {
  const files = vector.attachments?.map(({ name, text, content_type: contentType }) => ({
    name,
    data: text,
    ...(contentType ? { contentType } : {}),
  }));
  return files === undefined ? namedArguments(vector) : { ...namedArguments(vector), files };
}

async function result(vector, answered) {
  const value = await answered;
  return vector.operation === 'calls.list' ? { items: value.items, page: value.page } : value;
}

function wanted(vector) {
  const { output } = operation(vector.operation);
  return vector.operation === 'calls.list'
    ? { ...vector.result, items: named(vector.result.items, output) }
    : named(vector.result, output);
}

function checkRequest(expected, entry) {
  assert.equal(entry.method, expected.method);
  assert.equal(entry.path, expected.path);
  assert.deepEqual(entry.query, expected.query);
  for (const [name, value] of Object.entries(expected.headers)) {
    const sent = entry.headers[name];
    assert.equal(name === 'content-type' ? sent.split(';')[0] : sent, value, name);
  }
  for (const name of expected.absent_headers ?? []) {
    assert.ok(!(name in entry.headers), name);
  }
  if (expected.multipart) {
    const sent = parts(entry);
    assert.deepEqual(
      sent.map(({ name, filename, content }) => ({ name, filename, text: content.toString() })),
      expected.multipart.map(({ field, filename, text }) => ({ name: field, filename, text })),
    );
    expected.multipart.forEach(({ content_type: type }, index) => {
      if (type) {
        assert.equal(sent[index].headers['content-type'], type);
      }
    });
  } else if (expected.body === null) {
    assert.equal(entry.body.length, 0);
  } else {
    assert.ok(!entry.body.includes('"fields":['), 'fields are sent as a text');
    assert.deepEqual(parsedFields(JSON.parse(entry.body)), parsedFields(expected.body));
  }
}

/** An error does not contain certain text, such as a password. */
function checkAbsent(vector, error) {
  const shown = JSON.stringify([error.message, error.stack, { ...error }, error]) + inspect(error);
  for (const absent of vector.absent ?? []) {
    assert.ok(!shown.includes(absent), shown);
  }
}

test('every operation sends and decodes what is documented', async (context) => {
  let script = [];
  const server = await serve((_, response) => {
    const reply = script.shift();
    if (reply.body_text === undefined) {
      json(response, reply.body, reply.status);
    } else {
      response.writeHead(reply.status);
      response.end(reply.body_text);
    }
  });
  context.after(server.close);
  const client = server.client();
  const tested = new Set();
  for (const vector of vectors('requests')) {
    for (const response of vector.responses) {
      await context.test(`${vector.name} (${response.shape})`, async () => {
        const recorded = server.recorded.length;
        const { requests_before: before = [], requests_after: after = [] } = vector;
        script = [...(response.before ?? []), response, ...(response.after ?? [])];
        const dropped = (vector.not_compared ?? []).flatMap((name) => [name, camel(name)]);
        const read = await result(vector, SURFACE[vector.operation](client, withFiles(vector), { extraBody: vector.extra_body }));
        const requests = server.recorded.slice(recorded);
        checkRequest(vector.request, requests.splice(before.length, 1)[0]);
        assert.deepEqual(requests.map(({ method, path }) => ({ method, path })), [...before, ...after]);
        assert.deepEqual(without(read, dropped), without(wanted(vector), dropped));
      });
    }
    tested.add(vector.operation);
  }
  const simple = catalog.operations.map(({ name }) => name).filter((name) => name !== 'agents.patch');
  assert.deepEqual([...tested].sort(), simple.sort());
});

test('invalid arguments are rejected with all errors', async (context) => {
  const server = await serve((_, response) => json(response, { status: true, data: [] }));
  context.after(server.close);
  const client = server.client();
  for (const vector of vectors('invalid_arguments')) {
    await context.test(vector.name, async () => {
      const error = await SURFACE[vector.operation](client, withFiles(vector)).then(
        (value) => assert.fail(`no error but ${JSON.stringify(value)}`),
        (reason) => reason,
      );
      assert.ok(error instanceof callfluent.InvalidRequestError, error);
      checkAbsent(vector, error);
      const fields = new Set(error.fieldErrors.map(({ field }) => field));
      // An unknown name is reported as it was given.
      const given = withFiles(vector);
      const reported = (field) => (field in given || field in (given.action ?? {}) ? field : camel(field));
      assert.deepEqual([...fields].sort(), [...new Set(vector.field_errors.map(({ field }) => reported(field)))].sort());
      for (const { field, contains } of vector.field_errors) {
        const said = error.fieldErrors.filter((found) => found.field === reported(field)).map(({ reason }) => reason);
        // A reason names other fields as the caller does.
        const wanted = [contains, camel(contains)].map((text) => text.toLowerCase());
        assert.ok(said.some((reason) => wanted.some((text) => reason.toLowerCase().includes(text))), `${field}: ${said}`);
      }
    });
  }
  assert.equal(server.recorded.length, 0);
});

/** Undocumented fields of a server keep the server's names. */
function ownName(field) {
  const fields = catalog.operations.flatMap(({ parameters }) => parameters).concat(Object.values(catalog.records).flatMap((record) => record.fields));
  const isKnown = fields.some(({ name }) => name === camel(field.split(/[.[]/)[0]));
  return isKnown ? camel(field) : field;
}

test('every error response becomes its error', async (context) => {
  let reply;
  const server = await serve((_, response) => {
    response.writeHead(reply.status, reply.headers);
    response.end(reply.body_text ?? JSON.stringify(reply.body));
  });
  context.after(server.close);
  for (const vector of vectors('errors')) {
    await context.test(vector.name, async () => {
      reply = vector.response;
      const client = server.client(vector.max_retries === undefined ? {} : { maxRetries: vector.max_retries });
      const error = await SURFACE[vector.operation](client, withFiles(vector)).then(
        (value) => assert.fail(`no error but ${JSON.stringify(value)}`),
        (reason) => reason,
      );
      assert.equal(error.constructor, callfluent[vector.error], error.stack);
      assert.equal(error.name, vector.error);
      checkAbsent(vector, error);
      assert.ok(error instanceof callfluent.APIError && error instanceof callfluent.CallFluentError);
      assert.ok(error.message.includes(vector.message ?? ''), error.message);
      for (const [name, value] of Object.entries(vector.headers ?? {})) {
        assert.equal(error.headers[name], value);
      }
      if (vector.retry_after !== undefined) {
        assert.equal(error.retryAfter, vector.retry_after * 1_000);
      }
      if (vector.outcome_unknown !== undefined) {
        assert.equal(error.outcomeUnknown, vector.outcome_unknown);
      }
      assert.equal(error.status, reply.status);
      assert.equal(typeof error.body, 'string');
      assert.equal(error.attempts, 1);
      assert.deepEqual(error.fieldErrors.map(({ field, reason }) => [field, reason]), (vector.field_errors ?? []).map(([field, reason]) => [ownName(field), reason]));
      assert.ok(error.url.startsWith(server.baseUrl) && error.method.length > 0);
      assert.ok(!JSON.stringify([error.message, error.stack, { ...error }]).includes(KEY));
    });
  }
});
