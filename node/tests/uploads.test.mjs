// Uploads in all forms that Node has files in; what arrives is compared byte for byte.
import assert from 'node:assert/strict';
import { appendFileSync, createReadStream, existsSync, readFileSync, truncateSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { callfluent, Sandbox } from './support/package.mjs';
import { json, parts, serve, until } from './support/server.mjs';

const rejection = (promise) => promise.then((value) => assert.fail(`no error but ${JSON.stringify(value)}`), (error) => error);

async function set(context, answer = (_, response) => json(response, { status: true, data: [] })) {
  const server = await serve(answer);
  const folder = await mkdtemp(join(tmpdir(), 'callfluent-'));
  context.after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });
  const path = join(folder, 'prices.txt');
  await writeFile(path, 'Small: 10');
  return { server, client: server.client(), folder, path };
}

test('every form of file arrives whole, with its name and type', async (context) => {
  const { server, client, path } = await set(context);
  const big = Buffer.alloc(300_000, 'x');
  async function* generated() {
    yield 'one ';
    yield Buffer.from('two');
  }
  await client.knowledge.uploadOnly(1, [
    path,
    pathToFileURL(path),
    new File(['of a File'], 'a.pdf', { type: 'application/pdf' }),
    { name: 'b.txt', data: 'text' },
    { name: 'c.bin', data: Buffer.from([0, 255]) },
    { name: 'd.bin', data: new Uint8Array([1, 2]).buffer },
    { name: 'e.md', data: new Blob(['of a Blob']), contentType: 'text/x-own' },
    { name: 'f.txt', data: Readable.from([big, big]) },
    { name: 'g.txt', data: new Blob([big]).stream() },
    { name: 'h.txt', data: generated() },
    createReadStream(path),
  ]);
  const sent = parts(server.recorded[0]);
  assert.ok(sent.every(({ name }) => name === 'files'));
  assert.deepEqual(
    sent.map(({ filename }) => filename),
    ['prices.txt', 'prices.txt', 'a.pdf', 'b.txt', 'c.bin', 'd.bin', 'e.md', 'f.txt', 'g.txt', 'h.txt', 'prices.txt'],
  );
  const expected = [
    'Small: 10', 'Small: 10', 'of a File', 'text', Buffer.from([0, 255]), Buffer.from([1, 2]), 'of a Blob',
    Buffer.concat([big, big]), big, 'one two', 'Small: 10',
  ];
  sent.forEach(({ content }, index) => assert.ok(content.equals(Buffer.from(expected[index])), `file ${index}`));
  assert.equal(sent[2].headers['content-type'], 'application/pdf');
  assert.equal(sent[6].headers['content-type'], 'text/x-own');
  assert.equal(sent[0].headers['content-type'], 'text/plain');
});

test('a stream is read no faster than it is sent', async (context) => {
  const { server, client } = await set(context, (request) => request.destroy());
  let read = 0;
  const held = await serve(() => {});
  context.after(held.close);
  void server;
  void client;
  // The server does not read: what the kernel's buffers take is all that may be read of the stream.
  const { createServer } = await import('node:net');
  const silent = createServer((socket) => socket.pause());
  await new Promise((resolve) => silent.listen(0, '127.0.0.1', resolve));
  context.after(() => silent.close());
  async function* endless() {
    for (;;) {
      read += 1;
      yield Buffer.alloc(1024 * 1024);
    }
  }
  const controller = new AbortController();
  const upload = rejection(
    held
      .client({ baseUrl: `http://127.0.0.1:${silent.address().port}/api` })
      .knowledge.uploadOnly(1, [{ name: 'endless.bin', data: endless() }], { signal: controller.signal }),
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  const once = read;
  assert.ok(once > 0 && once < 40, `${once} MiB were read`);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.ok(read - once < 3);
  controller.abort();
  await upload;
});

test('a stream that fails ends the upload with its reason', async (context) => {
  const { client } = await set(context);
  async function* broken() {
    yield 'one';
    throw new Error('the disk is gone');
  }
  const error = await rejection(client.knowledge.uploadOnly(1, [{ name: 'a.txt', data: broken() }]));
  assert.equal(error.constructor, callfluent.InvalidRequestError, error.stack);
  assert.match(error.message, /the disk is gone/);
});

test('a consumed stream is never sent as an empty file', async (context) => {
  const content = 'what is in the stream';
  async function* generated() {
    yield content.slice(0, 5);
    yield content.slice(5);
  }
  const forms = {
    'an async iterable': () => generated(),
    'a web stream': () => new Blob([content]).stream(),
    'a Node stream': () => Readable.from([Buffer.from(content)]),
    'a small Blob': () => new Blob([content]),
    'a large Blob': () => new Blob([content, ' '.repeat(9 * 1024 * 1024)]),
    'a Buffer': () => Buffer.from(content),
  };
  for (const [form, make] of Object.entries(forms)) {
    for (const [status, headers] of [[429, { 'retry-after-ms': '1' }], [503, { 'retry-after-ms': '1' }]]) {
      const { server, client } = await set(context, (_, response, entry, count) =>
        count === 1 ? json(response, { status: false, msg: 'busy' }, status, headers) : json(response, { status: true, data: [] }));
      const error = await client.knowledge.uploadOnly(1, [{ name: 'a.txt', data: make() }]).then(() => undefined, (thrown) => thrown);
      const what = `${form}, ${status}: ${error?.stack}`;
      const [first, ...again] = server.recorded;
      assert.ok(parts(first)[0].content.toString().startsWith(content), what);
      assert.ok(again.length <= 1, what);
      for (const request of again) {
        assert.ok(parts(request)[0].content.equals(parts(first)[0].content), what);
        assert.ok(parts(request)[0].content.length >= content.length, what);
      }
      // A resolved upload reached the server; otherwise the error has the server's response.
      assert.equal(error === undefined, again.length === 1, what);
      assert.ok(error === undefined || error.status === status, what);
      assert.equal(again.length === 1, /a small Blob|a Buffer/.test(form), what);
    }
  }
});

test('a stream that was read before is rejected', async (context) => {
  const { server, client } = await set(context, (_, response, entry, count) =>
    count <= 3 ? json(response, { status: false, msg: 'busy' }, 429) : json(response, { status: true, data: [] }));
  async function* generated() {
    yield 'one';
  }
  const locked = new Blob(['one']).stream();
  locked.getReader();
  const ended = Readable.from(['one']);
  for await (const _ of ended);
  const given = [generated(), new Blob(['one']).stream(), Readable.from(['one'])];
  for (const data of given) {
    const error = await rejection(client.knowledge.uploadOnly(1, [{ name: 'a.txt', data }]));
    assert.equal(error.constructor, callfluent.RateLimitError, error.stack);
  }
  for (const data of [...given, locked, ended]) {
    const error = await rejection(client.knowledge.uploadOnly(1, [{ name: 'a.txt', data }]));
    assert.equal(error.constructor, callfluent.InvalidRequestError, error.stack);
    assert.match(error.message, /files\[0\]: its stream was already read/);
  }
  const twice = generated();
  assert.match((await rejection(client.knowledge.uploadOnly(1, [{ name: 'a', data: twice }, { name: 'b', data: twice }]))).message, /files\[1\]/);
  assert.equal(server.recorded.length, 3);
  const again = { [Symbol.asyncIterator]: generated };
  for (let round = 0; round < 2; round++) await client.knowledge.uploadOnly(1, [{ name: 'a.txt', data: again }]);
  assert.deepEqual(server.recorded.slice(3).map((entry) => parts(entry)[0].content.toString()), ['one', 'one']);
});

test('aborting an upload lets go of its stream', async (context) => {
  const { client } = await set(context, () => {});
  let released = false;
  const stream = new Readable({ read() {}, destroy(error, done) { released = true; done(error); } });
  stream.push('one');
  const controller = new AbortController();
  const upload = rejection(client.knowledge.uploadOnly(1, [{ name: 'a.txt', data: stream }], { signal: controller.signal }));
  await new Promise((resolve) => setTimeout(resolve, 50));
  controller.abort();
  await upload;
  await until(() => released, 2000);
});

test('invalid files are rejected before sending', async (context) => {
  const { server, client, folder } = await set(context);
  for (const files of [[], [join(folder, 'missing.txt')], [folder], [7], [{ name: 'a' }], [{ data: 'x' }], [new Blob(['x'])],
    [new URL('https://example.com/a.txt')], 'a.txt', [{ name: 'a', data: 'x', contentType: 'no type' }], [{ name: 'half \ud800.txt', data: 'x' }]]) {
    const error = await rejection(client.knowledge.uploadOnly(1, files));
    assert.equal(error.constructor, callfluent.InvalidRequestError, error.stack);
    assert.match(error.fieldErrors[0].field, /^files/);
  }
  assert.equal(server.recorded.length, 0);
});

test('a stream that fails early fails its upload only', async (context) => {
  const { client, folder } = await set(context);
  const error = await rejection(client.knowledge.uploadOnly(1, [createReadStream(join(folder, 'missing.txt'))], { timeout: 5000 }));
  assert.ok(error instanceof callfluent.CallFluentError, error.stack);
  assert.match(error.message, /ENOENT/);
});

test('closing a client waits for an upload that opens its files', async (context) => {
  const { server, client, path } = await set(context);
  const upload = client.knowledge.uploadOnly(1, [path]);
  await client.close();
  assert.equal(server.recorded.length, 1);
  await upload;
});

test('a stream of a regular file has a content length', async (context) => {
  const { server, client, path } = await set(context);
  const cases = [
    [createReadStream(path), 'Small: 10'],
    [{ name: 'prices.txt', data: createReadStream(path) }, 'Small: 10'],
    [createReadStream(path, { start: 2, end: 5 }), 'all:'],
    [createReadStream(path, { start: 100 }), ''],
  ];
  for (const [index, [file, expected]] of cases.entries()) {
    await client.knowledge.uploadOnly(1, [file]);
    const entry = server.recorded[index];
    assert.equal(entry.headers['transfer-encoding'], undefined);
    assert.equal(Number(entry.headers['content-length']), entry.body.length);
    assert.equal(parts(entry)[0].content.toString(), expected);
  }
  await client.knowledge.uploadOnly(1, [{ name: 'a.txt', data: Readable.from(['of unknown length']) }]);
  assert.equal(server.recorded.at(-1).headers['transfer-encoding'], 'chunked');
});

test('a file that grows is sent with the length that it had', async (context) => {
  const { server, client, path } = await set(context);
  const size = 3_000_000;
  await writeFile(path, 'x'.repeat(size));
  const growing = createReadStream(path);
  // What is appended while the stream is open is read from it, too.
  growing.once('data', () => appendFileSync(path, 'y'.repeat(1_000)));
  growing.pause();
  await client.knowledge.uploadOnly(1, [growing, { name: 'second.txt', data: 'SECOND' }]);
  const [first, second] = parts(server.recorded[0]);
  assert.equal(Number(server.recorded[0].headers['content-length']), server.recorded[0].body.length);
  assert.ok(first.content.equals(Buffer.alloc(size, 'x')), `${first.content.length} bytes`);
  assert.equal(String(second.content), 'SECOND');
  assert.equal(String(server.recorded[0].body.subarray(-4)), '--\r\n');
});

test('a file that becomes shorter fails the upload', async (context) => {
  const { server, client, path } = await set(context);
  await writeFile(path, 'x'.repeat(3_000_000));
  const shrinking = createReadStream(path);
  shrinking.once('data', () => truncateSync(path, 10));
  shrinking.pause();
  const error = await rejection(client.knowledge.uploadOnly(1, [shrinking]));
  assert.equal(error.constructor, callfluent.InvalidRequestError, error.stack);
  assert.match(error.message, /prices\.txt is shorter than announced/);
  assert.equal(server.recorded.length, 0);
});

test('a stream with an encoding is sent as its strings', async (context) => {
  const { server, client, path } = await set(context);
  await writeFile(path, Buffer.alloc(1_000, 0xe9));
  const text = createReadStream(path, { encoding: 'latin1' });
  await client.knowledge.uploadOnly(1, [text, { name: 'second.txt', data: 'SECOND' }]);
  assert.deepEqual(parts(server.recorded[0]).map(({ content }) => String(content)), ['\u00e9'.repeat(1_000), 'SECOND']);
});

test('files of the kernel are sent with their content', { skip: process.platform !== 'linux' }, async (context) => {
  const { server, client } = await set(context);
  for (const path of ['/proc/version', '/sys/kernel/mm/transparent_hugepage/enabled'].filter(existsSync)) {
    await client.knowledge.uploadOnly(1, [path, createReadStream(path)]);
    const content = readFileSync(path, 'utf8');
    assert.deepEqual(parts(server.recorded.at(-1)).map((part) => String(part.content)), [content, content]);
  }
});

for (const value of [undefined, null, 3]) {
  test(`a generator that yields ${value} fails the upload`, async (context) => {
    const { server, client } = await set(context);
    async function* generated() {
      yield 'a';
      yield value;
      yield 'b';
    }
    const error = await rejection(client.knowledge.uploadOnly(1, [{ name: 'a.txt', data: generated() }]));
    assert.match(error.message, /the stream of a file failed: .*expected bytes or a string/);
    assert.equal(server.recorded.length, 0);
  });
}

test('concurrent uploads return their own files', async (context) => {
  const sandbox = await Sandbox.start({ demo: true });
  context.after(() => sandbox.close());
  const client = sandbox.client();
  const uploads = [1, 2, 3, 4].map((number) =>
    client.knowledge.upload(1001, [{ name: `${number}.txt`, data: 'a' }, { name: 'b.txt', data: Readable.from(['b']) }]),
  );
  const names = (await Promise.all(uploads)).map((files) => files.map((file) => file.name));
  assert.deepEqual(names, [1, 2, 3, 4].map((number) => [`${number}.txt`, 'b.txt']));
});

test('the callback of an upload gets the bytes', async (context) => {
  const server = await serve((_, response) => json(response, { status: true, data: [] }));
  context.after(server.close);
  const path = join(tmpdir(), `callfluent-progress-${process.pid}.txt`);
  await writeFile(path, 'a'.repeat(700_000));
  context.after(() => rm(path));
  const sizes = [700_000, 400_000, 200_000];
  const files = () => [
    path,
    { name: 'b.txt', data: Buffer.alloc(sizes[1], 'b') },
    new File(['c'.repeat(sizes[2])], 'c.txt'),
  ];
  const total = sizes.reduce((sum, size) => sum + size);
  const seen = [];
  await server.client().knowledge.uploadOnly(1, files(), { onProgress: (progress) => seen.push(progress) });
  assert.ok(seen.length >= 4, `${seen.length} reports`);
  assert.ok(seen.every((progress, index) => progress.total === total && progress.sent > (seen[index - 1]?.sent ?? 0)));
  assert.deepEqual(seen.at(-1), { sent: total, total });

  const streamed = [];
  const stream = (async function* () { for (let count = 0; count < 4; count++) yield Buffer.alloc(100_000); })();
  await server.client().knowledge.uploadOnly(1, [{ name: 'd', data: stream }], { onProgress: (progress) => streamed.push(progress) });
  assert.deepEqual(streamed.at(-1), { sent: 400_000, total: undefined });
});

test('a callback of an upload that throws cancels it', async (context) => {
  const server = await serve(() => {});
  context.after(server.close);
  const stop = () => { throw new RangeError('stop'); };
  const upload = server.client().knowledge.uploadOnly(1, [{ name: 'a', data: Buffer.alloc(400_000) }], { onProgress: stop });
  await assert.rejects(upload, (error) => error instanceof RangeError && error.outcomeUnknown === true);
  await assert.rejects(server.client().knowledge.uploadOnly(1, [{ name: 'a', data: 'b' }], { onProgress: 5 }), /onProgress: expected a function/);
});
