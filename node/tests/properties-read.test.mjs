// Any response is decoded or becomes an error of the package. A decoded value equals that of
// `JSON.parse`.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';

import { callfluent, CallFluent, catalog } from './support/package.mjs';
import { fc, holds } from './support/property.mjs';
import { KEY, serve } from './support/server.mjs';
import { SURFACE } from './support/surface.mjs';

const { APIError, APIResponseError, CallFluentError } = callfluent;

/** A server that responds with what was set last. */
async function set(context) {
  const answer = { status: 200, headers: {}, body: '' };
  const server = await serve((_, response) => response.writeHead(answer.status, answer.headers).end(answer.body));
  context.after(server.close);
  return { answer, client: server.client({ maxRetries: 0, timeout: 5_000 }) };
}

/** Returns the value of a request, or its error, which belongs to the package. */
async function outcome(call) {
  try {
    return { value: await call() };
  } catch (error) {
    assert.ok(error instanceof CallFluentError, `${error?.stack ?? error}`);
    return { error };
  }
}

/** Parses JSON; integers that JavaScript cannot represent become strings. */
function parsed(json) {
  const isLong = (token) => /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token));
  return JSON.parse(json.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) => (isLong(token) ? `"${token}"` : token)));
}

/** JSON as servers write it: white space anywhere, escaped characters, duplicate names. */
const spelled = fc
  .tuple(fc.json({ maxDepth: 4 }), fc.constantFrom('', ' ', '\n', '\t \r\n'), fc.boolean())
  .map(([json, space, byNumber]) => {
    const text = space + json.replace(/"(?:[^"\\]|\\.)*"|[,:[\]{}]/g, (piece) => (piece.startsWith('"') ? piece : space + piece + space));
    return byNumber ? text.replace(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`) : text;
  });

test('any JSON of an unmodeled endpoint is returned or an error', async (context) => {
  const { answer, client } = await set(context);
  answer.headers = { 'content-type': 'application/json' };
  let read = 0;
  await holds([spelled], async (text) => {
    answer.body = text;
    const { value, error } = await outcome(() => client.request('GET', '/x'));
    const wanted = JSON.parse(text);
    if (error !== undefined) {
      // Only a body that reports a failure.
      assert.ok(error instanceof APIError, error.stack);
      assert.ok(typeof wanted === 'object' && wanted !== null, error.stack);
      return;
    }
    read += 1;
    assert.deepEqual(value, parsed(text));
  }, 5);
  assert.ok(read > 100, `${read} read`);
});

const NAMES = new Set(Object.values(catalog.records).flatMap(({ fields, tag }) => [...fields.map(({ name }) => name), ...Object.keys(tag)]));
/** A name that the documentation does not have. */
const unknownName = fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }).map((name) => (NAMES.has(name) ? `x ${name}` : `x${name}`));

test('undocumented fields of a record equal the parsed JSON', async (context) => {
  const { answer, client } = await set(context);
  answer.headers = { 'content-type': 'application/json' };
  await holds([fc.array(fc.dictionary(unknownName, fc.jsonValue()), { maxLength: 4 })], async (records) => {
    const text = JSON.stringify({ status: true, data: records.map((fields, index) => ({ id: index + 1, name: 'n', ...fields })) });
    answer.body = text;
    assert.deepEqual(await client.workspaces.list(), parsed(text).data);
    assert.deepEqual(await client.request('GET', '/workspace/get-all'), parsed(text));
  }, 3);
});

const ARGUMENTS = {
  agentId: 1, workspaceId: 1, callId: 1, fileId: 1, fieldId: 1, actionId: 1, agentType: 'outbound', origins: [], enabled: true, name: 'n', label: 'l',
  phoneNumber: '+15550001234', files: [{ name: 'a', data: 'a' }], action: { actionType: 'webhook' }, tone: 't',
};
const OPERATIONS = Object.keys(SURFACE);
/** Names of documented fields, so that some generated JSON resembles a response. */
const KEYS = ['status', 'data', 'msg', 'error', 'errors', 'id', 'agent', 'files', 'name', 'calls', 'numbers', 'fields', 'action_type', 'workspaces', ''];
const document = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, fc.jsonValue({ maxDepth: 1 }), tie('object'), tie('list')),
  list: fc.array(tie('value'), { maxLength: 4 }),
  object: fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 5 }),
})).value;

test('any JSON response to any operation is a result or an error', async (context) => {
  const { answer, client } = await set(context);
  answer.headers = { 'content-type': 'application/json' };
  const unvalidated = client.withOptions({ validate: false });
  let [read, refused] = [0, 0];
  await holds([fc.constantFrom(...OPERATIONS), document, fc.constantFrom(200, 200, 200, 400, 422, 500)], async (operation, value, status) => {
    Object.assign(answer, { status, body: JSON.stringify(value) });
    const { error } = await outcome(() => SURFACE[operation](unvalidated, ARGUMENTS));
    if (error === undefined) {
      assert.equal(status, 200);
      read += 1;
    } else {
      assert.ok(error instanceof APIError, error.stack);
      refused += 1;
    }
  }, 10);
  assert.ok(read > 50 && refused > 50, `${read} read, ${refused} refused`);
});

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
  // What begins as JSON, with some bytes other than they were.
  fc.tuple(fc.json(), fc.nat(), fc.nat(255)).map(([json, place, byte]) => {
    const changed = Buffer.from(json);
    changed[place % changed.length] = byte;
    return changed;
  }),
);
const TYPES = ['application/json', 'text/html', 'text/plain; charset=latin1', 'application/octet-stream', 'nonsense', ''];
const STATUSES = [200, 200, 200, 201, 204, 299, 301, 304, 400, 401, 404, 409, 418, 422, 429, 500, 503, 599, 600, 999];

test('any bytes as a response are a result or an error', async (context) => {
  const { answer, client } = await set(context);
  await holds([bytes, fc.constantFrom(...STATUSES), fc.constantFrom(...TYPES), fc.constantFrom(undefined, undefined, 'gzip', 'br', 'nonsense')], async (body, status, type, encoding) => {
    Object.assign(answer, { status, body, headers: { 'content-type': type, ...(encoding === undefined ? {} : { 'content-encoding': encoding }) } });
    for (const call of [() => client.request('GET', '/x'), () => client.agents.get(1), () => client.workspaces.list()]) {
      const { value, error } = await outcome(call);
      if (error === undefined) {
        assert.ok(status < 300, `${status} is no success`);
        if (call.toString().includes('request') && status !== 204) {
          assert.deepEqual(value, parsed(new TextDecoder('utf-8', { fatal: true }).decode(body)));
        }
      } else {
        assert.ok(error instanceof APIError, error.stack);
        assert.equal(error.status, status === 0 ? undefined : status, error.stack);
        assert.ok(status >= 300 || error instanceof APIResponseError || error instanceof callfluent.APIStatusError, error.stack);
      }
    }
  }, 3);
});

/** Heads of responses, valid and invalid. */
const HEADS = ['', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', 'HTTP/1.1 ', 'HTTP/9.9 200\r\n\r\n'];

test('any bytes instead of HTTP fail; the next request succeeds', async (context) => {
  let answer = '';
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  const client = new CallFluent({ apiKey: KEY, baseUrl: `http://127.0.0.1:${server.address().port}/api`, maxRetries: 0, timeout: 5_000 });
  await holds([fc.constantFrom(...HEADS), fc.uint8Array({ maxLength: 300 })], async (head, rest) => {
    answer = Buffer.concat([Buffer.from(head), rest]);
    const { error } = await outcome(() => client.workspaces.list());
    assert.ok(error instanceof APIError, `${error?.stack}`);
  }, 3);
  answer = 'HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{"data":[]}';
  assert.deepEqual(await client.workspaces.list(), []);
});
