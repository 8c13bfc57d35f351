// Views of a request besides its result: the raw response, request IDs and curl commands.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { callfluent, CallFluent, Sandbox } from './support/package.mjs';
import { json, KEY, serve } from './support/server.mjs';
import { SURFACE } from './support/surface.mjs';
import { camel, namedArguments, vectors } from './support/vectors.mjs';

const { InvalidRequestError, NotFoundError } = callfluent;
const AGENT = { agent: { id: 7, name: 'Sales' }, files: [], totalCalls: 1, averageDuration: 2 };
const BASE_URL = 'https://api.example.com/api';

test('the raw response comes with the result', async (context) => {
  const server = await serve((_, response, __, count) =>
    count === 1
      ? response.writeHead(503).end()
      : json(response, { status: true, data: AGENT }, 200, {
          'x-request-id': 'server-1', 'set-cookie': 'session=secret', 'x-echo': KEY,
        }),
  );
  context.after(server.close);
  const response = await server.client().withRawResponse.agents.get(7);
  assert.equal(response.status, 200);
  assert.equal(response.attempts, 2);
  assert.equal(response.requestId, 'server-1');
  assert.equal(response.headers['x-request-id'], 'server-1');
  assert.ok(!('set-cookie' in response.headers));
  assert.equal(response.value.agent.name, 'Sales');
  assert.equal(JSON.parse(response.body).data.agent.id, 7);
  assert.deepEqual([response.method, response.url], ['GET', `${server.baseUrl}/agent/get-one/7`]);
  assert.ok(!(JSON.stringify(response) + inspect(response)).includes(KEY));
});

test('every kind of method has a raw response', async (context) => {
  const sandbox = await Sandbox.start({ demo: true });
  context.after(() => sandbox.close());
  const client = sandbox.client();
  const { withRawResponse: raw } = client;
  assert.deepEqual((await raw.agents.list(1)).value, await client.agents.list(1));
  const page = await raw.calls.list(1001, { page: 1 });
  const expected = await client.calls.list(1001, { page: 1 });
  assert.equal(page.status, 200);
  assert.deepEqual([page.value.items, page.value.page], [expected.items, 1]);
  const [following, wanted] = [await page.value.nextPage(), await expected.nextPage()];
  assert.deepEqual(following?.items, wanted?.items);
  const numbers = await raw.phoneNumbers.list(1, 'outbound');
  assert.deepEqual([...numbers.value].length, numbers.value.numbers.length);
  assert.ok(numbers.value.free.length <= numbers.value.numbers.length);
  assert.equal((await raw.request('GET', '/user/profile')).status, 200);
  assert.equal((await raw.knowledge.uploadOnly(1001, [{ name: 'a.txt', data: 'one' }])).method, 'PUT');
  assert.equal((await raw.agents.patch(1001, { tone: 'Warm' })).value.agent.tone, 'Warm');
  const { id: _, ...fields } = (await client.agents.get(1001)).agent;
  assert.equal((await raw.agents.createFromRow({ ...fields, name: 'From a row' })).value.name, 'From a row');
});

test('an error of a raw response is the error of the method', async (context) => {
  const server = await serve((_, response) => json(response, { status: false }, 404));
  context.after(server.close);
  await assert.rejects(server.client().withRawResponse.agents.get(7), NotFoundError);
  await assert.rejects(server.client().withRawResponse.calls.list(7), NotFoundError);
  await assert.rejects(server.client().withRawResponse.agents.get(''), InvalidRequestError);
});

test('a request ID is sent, and errors contain it', async (context) => {
  const server = await serve((_, response) => json(response, { status: false }, 404, { 'x-request-id': 'server-1' }));
  context.after(server.close);
  const client = server.client();
  const error = await client.agents.get(7, { requestId: 'lead-42' }).then(assert.fail, (reason) => reason);
  assert.equal(server.recorded[0].headers['x-request-id'], 'lead-42');
  assert.deepEqual([error.clientRequestId, error.requestId], ['lead-42', 'server-1']);
  assert.match(error.message, /client request id lead-42/);
  await assert.rejects(client.agents.get(7, { requestId: 'a\nb' }), /requestId/);
  await assert.rejects(client.agents.get(7, { requestId: 5 }), /requestId: expected a string/);
  assert.throws(() => client.withOptions({ requestId: 5 }), /requestId/);
  await client.withOptions({ requestId: 'batch-1' }).agents.get(7).catch(() => {});
  assert.equal(server.recorded.at(-1).headers['x-request-id'], 'batch-1');
  assert.equal(server.recorded.length, 2);
});

test('curl commands are those of the vectors', async (context) => {
  const client = new CallFluent({ apiKey: KEY, baseUrl: BASE_URL });
  for (const vector of vectors('curl', 'visibility')) {
    await context.test(vector.name, async () => {
      const files = vector.attachments?.map(({ name, text }) => ({ name, data: text }));
      const given = files === undefined ? namedArguments(vector) : { ...namedArguments(vector), files };
      const options = { requestId: vector.request_id, headers: vector.headers };
      const command = await SURFACE[vector.operation](client.asCurl, given, options);
      assert.deepEqual(command.split('\n'), vector.lines);
    });
  }
});

test('a request by path has a curl command', async () => {
  const client = new CallFluent({ apiKey: KEY, baseUrl: BASE_URL });
  const command = await client.asCurl.request('POST', '/x', { json: { a: 'b' }, query: { page: 1 } });
  assert.ok(command.startsWith("curl --request POST 'https://api.example.com/api/x?page=1' "), command);
  assert.ok(command.endsWith(`--data-raw '{"a":"b"}'`), command);
  assert.match(await client.asCurl.phoneNumbers.list(1, 'outbound'), /^curl --request GET /);
  await assert.rejects(client.asCurl.agents.patch(7, { tone: 'Warm' }), /several requests/);
  await assert.rejects(async () => await client.asCurl.agents.getMany([7]), /several requests/);
  await assert.rejects(client.asCurl.agents.get(''), new RegExp(camel('agent_id')));
});
