// Callbacks whose result is ignored: the promise of an async one is not, because its rejection
// would end the process while the operation goes on.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';

import { callfluent } from './support/package.mjs';
import { json, serve } from './support/server.mjs';

const { InvalidRequestError } = callfluent;
const REASON = 'onProgress: must not be async; an error of it could not cancel the operation';

const USES = {
  'a page of a list': (client, options) => client.calls.list(7, {}, options),
  'an iteration over a list': async (client, options) => { for await (const _ of client.calls.list(7, {}, options)); },
  'a table of a list': (client, options) => client.calls.list(7, {}, options).toColumns(),
  'an export': (client, options, path) => client.calls.export(path, { ...options, agentIds: 7 }),
  'an upload': (client, options) => client.knowledge.uploadOnly(7, [{ name: 'a.txt', data: 'a' }], options),
  'an upload with its result': (client, options) => client.knowledge.upload(7, [{ name: 'a.txt', data: 'a' }], options),
  'a bulk operation': (client, options) => client.agents.getMany([7, 8], options),
};

async function started(context) {
  const server = await serve((_, response, { path }) => json(response, { status: true, data: path.includes('get-one') ? { agent: { id: 7 }, files: [] } : [{ id: 1 }] }));
  context.after(server.close);
  const folder = mkdtempSync(join(tmpdir(), 'callfluent-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const lost = [];
  const onRejection = (reason) => lost.push(reason);
  process.on('unhandledRejection', onRejection);
  context.after(() => process.off('unhandledRejection', onRejection));
  return { server, lost, client: server.client({ maxRetries: 0 }), path: join(folder, 'calls.jsonl') };
}

/** Passes a turn of the event loop, after which Node reports rejections that nobody handles. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

for (const [name, use] of Object.entries(USES)) {
  test(`an async callback of ${name} sends nothing`, async (context) => {
    const { server, client, lost, path } = await started(context);
    const onProgress = async () => { throw new RangeError('stop'); };
    await assert.rejects(async () => await use(client, { onProgress }, path), (error) => {
      assert.ok(error instanceof InvalidRequestError && error.message.endsWith(`(not sent): ${REASON}`), error);
      return true;
    });
    await turn();
    assert.deepEqual([server.recorded.length, lost], [0, []]);
  });

  test(`${name} rejects a promise of its callback`, async (context) => {
    const { client, lost, path } = await started(context);
    const onProgress = () => Promise.reject(new RangeError('stop'));
    await assert.rejects(async () => await use(client, { onProgress }, path), { name: 'TypeError', message: REASON });
    await turn();
    assert.deepEqual(lost, []);
  });
}

test('a callback of another realm must not be async either', async (context) => {
  const { client, lost } = await started(context);
  for (const onProgress of [runInNewContext("async () => { throw new Error('stop'); }"), () => runInNewContext("Promise.reject(new Error('stop'))")]) {
    await assert.rejects(async () => await client.calls.list(7, {}, { onProgress }), (error) => error.message.endsWith(REASON));
  }
  await turn();
  assert.deepEqual(lost, []);
});
