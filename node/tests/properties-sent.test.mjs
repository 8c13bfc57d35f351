// Any id, key, header, file name or other argument is sent unchanged in its place, or rejected with
// an error of the package.
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';

import { callfluent, CallFluent, catalog } from './support/package.mjs';
import { anything, fc, holds, text } from './support/property.mjs';
import { json, parts, serve } from './support/server.mjs';

const { CallFluentError, InvalidRequestError } = callfluent;

async function set(context) {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  return server;
}

/** Returns the error of a request, thrown or rejected, or `undefined`. */
async function failureOf(call) {
  try {
    await call();
    return undefined;
  } catch (thrown) {
    return thrown ?? new Error('nothing was thrown');
  }
}

/** Returns the promise of a request; all errors must be rejections. */
function promised(call) {
  try {
    return call();
  } catch (thrown) {
    return assert.fail(`thrown rather than rejected: ${thrown}`);
  }
}

/** Returns the received request and the error. */
async function outcome(server, call) {
  server.recorded.length = 0;
  const error = await failureOf(call);
  return { error, arrived: [...server.recorded] };
}

/** White space in Rust: includes U+0085, excludes the byte order mark. */
const isBlank = (id) => /^(?:(?!\ufeff)[\s\u0085])*$/.test(id);
const isNoId = (id) => isBlank(id) || id === '.' || id === '..' || !id.isWellFormed();

test('any string as an id is one path segment or is rejected', async (context) => {
  const server = await set(context);
  const client = server.client();
  const before = '/api/agent/remove-custom-fields/1/';
  let [sent, refused] = [0, 0];
  await holds([text], async (id) => {
    const { error, arrived } = await outcome(server, () => client.customFields.delete(1, id));
    if (error !== undefined) {
      assert.equal(error.constructor, InvalidRequestError, error.stack);
      assert.ok(isNoId(id), error.message);
      assert.equal(arrived.length, 0);
      refused += 1;
      return;
    }
    sent += 1;
    assert.equal(arrived.length, 1);
    const [{ target }] = arrived;
    assert.ok(target.startsWith(before), target);
    const segment = target.slice(before.length);
    assert.doesNotMatch(segment, /[/\\?#\s]/, target);
    assert.equal(decodeURIComponent(segment), id);
    // A proxy or server that parses the path again must get the same path.
    assert.equal(new URL(target, server.baseUrl).pathname.split('/').length, before.split('/').length, target);
  }, 5);
  assert.ok(sent > 100 && refused > 100, `${sent} sent, ${refused} refused`);
});

/** HTTP removes white space around a value. */
const bare = (value) => value.replace(/^[ \t]+|[ \t]+$/g, '');
/** A header as it came: Node reads it byte by byte. */
const letters = (header) => Buffer.from(header, 'latin1').toString();
const NAMES = ['x-one', 'X-One', 'accept', 'host', 'content-length', 'transfer-encoding', 'authorization', 'cookie', 'te', 'upgrade', 'connection'];
const value = fc.oneof(text, fc.string({ unit: 'grapheme-ascii' }));

test('any header is sent unchanged, or refused', async (context) => {
  const server = await set(context);
  const client = server.client();
  const own = await outcome(server, () => client.workspaces.list());
  let sent = 0;
  await holds([fc.oneof(text, fc.constantFrom(...NAMES), fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/)), value], async (name, given) => {
    const { error, arrived } = await outcome(server, () => client.workspaces.list({ headers: { [name]: given } }));
    if (error !== undefined) {
      assert.ok(error instanceof InvalidRequestError, error.stack);
      assert.equal(arrived.length, 0);
      return;
    }
    sent += 1;
    assert.equal(arrived.length, 1);
    assert.equal(letters(arrived[0].headers[name.toLowerCase()]), bare(given));
    // Nothing else came with it, and the key is what it was.
    const others = (headers) => Object.entries(headers).filter(([other]) => other !== name.toLowerCase()).map(String).sort();
    assert.deepEqual(others(arrived[0].headers), others(own.arrived[0].headers));
    assert.equal(arrived[0].body.length, 0);
  }, 3);
  assert.ok(sent > 50, `${sent} sent`);
});

/** Trims what Rust trims. */
const BLANKS = /^(?:(?!\ufeff)[\s\u0085])+|(?:(?!\ufeff)[\s\u0085])+$/g;

test('any key is sent unchanged or rejected, and never shown', async (context) => {
  const server = await set(context);
  let sent = 0;
  await holds([fc.oneof(text, fc.string({ unit: 'grapheme-ascii', minLength: 1 }))], async (apiKey) => {
    const { error, arrived } = await outcome(server, () => server.client({ apiKey }).workspaces.list());
    if (error === undefined) {
      sent += 1;
      assert.equal(letters(arrived[0].headers.authorization), `Bearer ${apiKey.replace(BLANKS, '')}`);
      return;
    }
    assert.equal(error.constructor, InvalidRequestError, error.stack);
    assert.equal(arrived.length, 0);
    assert.ok(apiKey.length < 6 || !inspect(error, { depth: 5 }).includes(apiKey), error.message);
  });
  assert.ok(sent > 20, `${sent} sent`);
});

test('no name of a file begins another header or another file', async (context) => {
  const server = await set(context);
  const client = server.client();
  let sent = 0;
  await holds([fc.oneof(text, text.map((name) => name.toWellFormed())), text, fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: text })], async (name, data, contentType) => {
    const files = [{ name, data, ...(contentType === undefined ? {} : { contentType }) }, { name: 'last.txt', data: 'last' }];
    const { error, arrived } = await outcome(server, () => client.knowledge.uploadOnly(1, files));
    if (error !== undefined) {
      assert.equal(error.constructor, InvalidRequestError, error.stack);
      assert.equal(arrived.length, 0);
      assert.ok(contentType !== undefined || isBlank(name) || !name.isWellFormed(), error.message);
      return;
    }
    sent += 1;
    const [first, last, ...others] = parts(arrived[0]);
    assert.deepEqual(others, []);
    for (const part of [first, last]) {
      assert.deepEqual(Object.keys(part.headers).sort(), ['content-disposition', 'content-type']);
      assert.equal(part.name, 'files');
    }
    assert.equal(last.filename, 'last.txt');
    assert.equal(last.content.toString(), 'last');
    // Lone halves of characters in the content are what the platform makes of them.
    assert.ok(first.content.equals(Buffer.from(data)), first.content.toString());
    // What would end the name, or the line that it stands on, is percent-encoded; a backslash
    // stands twice in a quoted text.
    const escaped = name.replace(/[\p{Cc}"]/gu, encodeURIComponent);
    assert.equal(first.filename.replaceAll('\\\\', '\\'), escaped);
  });
  assert.ok(sent > 20, `${sent} sent`);
});

const OPERATIONS = catalog.operations.map(({ resource, verb }) => [resource, verb]);
const OPTIONS = ['timeout', 'maxRetries', 'headers', 'extraBody', 'signal'];

test('any argument succeeds or fails with an error of the package', async (context) => {
  const server = await set(context);
  const client = server.client({ maxRetries: 0, timeout: 5_000 });
  const unvalidated = client.withOptions({ validate: false });
  const rejections = [];
  const onRejection = (reason) => rejections.push(reason);
  process.on('unhandledRejection', onRejection);
  context.after(() => process.off('unhandledRejection', onRejection));
  const onlyOwn = async (about, call) => {
    const error = await failureOf(call);
    assert.ok(error === undefined || error instanceof CallFluentError, `${about}: ${error?.stack ?? String(error)}`);
  };
  await holds(
    [fc.constantFrom(...OPERATIONS), fc.array(fc.oneof(fc.constant(() => 1), anything), { minLength: 1, maxLength: 4 }), fc.boolean()],
    ([resource, verb], given, validate) =>
      onlyOwn(`${resource}.${verb}`, () => promised(() => (validate ? client : unvalidated)[resource][verb](...given.map((make) => make())))),
    8,
  );
  await holds([anything, anything, anything, anything], async (method, path, content, options) => {
    await onlyOwn('request', () => promised(() => client.request(method(), path(), content(), options())));
    await onlyOwn("a request's content", () => client.request('POST', '/x', content()));
    await onlyOwn("a request's body and query", () => client.request('POST', '/x', { json: content(), query: options() }));
    await onlyOwn("a request's query", () => client.request('POST', '/x', { query: { a: content() } }));
  });
  await holds([anything, fc.constantFrom(...OPTIONS)], async (given, name) => {
    await onlyOwn('options of a call', () => client.workspaces.list(given()));
    await onlyOwn('an option of a call', () => client.workspaces.create('w', { [name]: given() }));
    await onlyOwn('an option of an upload', () => client.knowledge.uploadOnly(1, [{ name: 'a', data: 'a' }], { [name]: given() }));
    await onlyOwn('a header', () => client.workspaces.list({ headers: { 'x-one': given() } }));
    await onlyOwn('withOptions', async () => client.withOptions(given()));
    await onlyOwn('options of a client', async () => new CallFluent(given()));
    for (const option of ['apiKey', 'baseUrl', 'proxy', 'caBundle', 'logger', name]) {
      await onlyOwn(`option ${option} of a client`, async () => new CallFluent({ apiKey: 'k', [option]: given() }));
    }
  });
  await holds([fc.array(anything, { maxLength: 3 }), anything, anything], async (files, name, data) => {
    await onlyOwn('files', () => client.knowledge.uploadOnly(1, files.map((make) => make())));
    await onlyOwn('anything for files', () => client.knowledge.uploadOnly(1, name()));
    await onlyOwn('what a file holds', () => client.knowledge.uploadOnly(1, [{ name: 'a', data: data() }]));
    await onlyOwn("a file's name and type", () => client.knowledge.uploadOnly(1, [{ name: name(), data: 'a', contentType: data() }]));
  });
  await holds([anything, anything], (page, options) =>
    onlyOwn('pages', async () => {
      for await (const _ of client.calls.list(1, { page: page() }, options())) assert.fail('there is none');
    }));
  assert.deepEqual(rejections, []);
  assert.deepEqual(await client.workspaces.list(), []);
});
