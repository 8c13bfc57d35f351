// The life of calls in the sandbox: clock, scripts, inbound calls, webhooks.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';

import { Sandbox } from './support/package.mjs';

async function started(context, options) {
  const sandbox = await Sandbox.start(options);
  context.after(() => sandbox.close());
  return sandbox;
}

/** A webhook receiver in this process. */
async function receiver(context) {
  const bodies = [];
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    bodies.push(JSON.parse(Buffer.concat(chunks)));
    response.writeHead(204).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  context.after(() => server.close());
  return { bodies, url: `http://127.0.0.1:${server.address().port}/hook` };
}

test('a started call rings, is in progress, and ends', async (context) => {
  const sandbox = await started(context);
  const { id } = await sandbox.addAgent({ format: 'outbound' });
  const client = sandbox.client();
  await client.calls.start(id, { phoneNumber: '+14155550123', name: 'Ada' });
  const before = await sandbox.now();
  const statuses = [];
  for (const seconds of [0, 5, 59, 1]) {
    await sandbox.advance(seconds);
    const { items } = await client.calls.list(id, { page: 1 });
    statuses.push(items[0].status);
  }
  assert.deepEqual(statuses, ['ringing', 'in-progress', 'in-progress', 'completed']);
  assert.equal(await sandbox.now(), before + 65 + 4);
});

test('polls move calls if the setting is on', async (context) => {
  const sandbox = await started(context, { secondsPerPoll: 30 });
  const { id } = await sandbox.addAgent({ format: 'outbound' });
  const client = sandbox.client();
  const { bodies, url } = await receiver(context);
  const fields = [{ value: 'phone_number', label: 'Number' }];
  await client.actions.create(id, { actionType: 'webhook', name: 'hook', webhookUrl: url, fields });
  const call = await client.calls.start(id, { phoneNumber: '+14155550123' });
  const before = await sandbox.now();
  const ended = await client.calls.wait(id, call.id, { timeout: 60_000, minInterval: 5 });
  assert.deepEqual([ended.status, ended.duration], ['completed', 60]);
  // Three polls, and one second for each request.
  assert.equal(await sandbox.now(), before + 3 * 30 + 3);
  assert.deepEqual([(await sandbox.webhooks()).length, bodies.length], [1, 1]);
});

test('the webhook of an agent receives a call', async (context) => {
  const sandbox = await started(context);
  const { bodies, url } = await receiver(context);
  const agent = await sandbox.addAgent();
  const fields = ['name', 'phone_number', 'transcription', 'city'].map((name) => ({ value: name, label: name }));
  await sandbox.client().actions.create(agent.id, { actionType: 'webhook', name: 'hook', webhookUrl: url, fields });
  const call = await sandbox.receiveCall(agent, { phoneNumber: '+442079460958', customFields: { name: 'Ada' } });
  const ended = await sandbox.finish(call, { duration: 42, transcript: 'Agent: Hello.' });
  assert.equal(ended.duration, 42);
  const expected = { name: 'Ada', phone_number: '+442079460958', transcription: 'Agent: Hello.', city: '' };
  assert.deepEqual(bodies, [expected]);
  const [delivery] = await sandbox.webhooks();
  const { actionId, ...rest } = delivery;
  assert.ok(actionId > 0);
  assert.deepEqual(rest, { callId: call.id, agentId: agent.id, url, body: expected, status: 204, error: null });
});

test('scripts decide outcomes by number', async (context) => {
  const sandbox = await started(context);
  const { id } = await sandbox.addAgent({ format: 'outbound' });
  await sandbox.scriptCall({ outcome: 'random', seed: 7 });
  await sandbox.scriptCall({ phoneNumber: '+14155550101', outcome: 'busy', ringSeconds: 3 });
  const started_ = await sandbox.client().calls.start(id, { phoneNumber: '+14155550101' });
  const busy = await sandbox.finish(started_);
  assert.deepEqual([busy.status, busy.duration], ['busy', 0]);
  await assert.rejects(sandbox.finish(busy), /has ended: it is busy/);
  await assert.rejects(sandbox.scriptCall({ outcom: 'busy' }), /outcom: unknown field; did you mean `outcome`\?/);
});

test('a seed repeats random outcomes', async (context) => {
  const sandbox = await started(context);
  const outcomes = async (seed) => {
    await sandbox.reset();
    const agent = await sandbox.addAgent();
    await sandbox.scriptCall({ outcome: 'random', seed });
    const ended = [];
    for (let number = 0; number < 20; number += 1) {
      ended.push((await sandbox.finish(await sandbox.receiveCall(agent))).outcome);
    }
    return ended;
  };
  const first = await outcomes(7);
  assert.deepEqual(await outcomes(7), first);
  assert.notDeepEqual(await outcomes(8), first);
  assert.ok(first.includes('completed'), String(first));
});

test('a recorded call has transcript and recording', async (context) => {
  const sandbox = await started(context, { likelyFields: true });
  const agent = await sandbox.addAgent({ callRecording: true });
  const { id } = await sandbox.finish(await sandbox.receiveCall(agent));
  const { items: [call] } = await sandbox.client().calls.list(agent.id, { page: 1 });
  assert.ok(call.recording_url.endsWith(`${id}.mp3`), call.recording_url);
  assert.match(call.transcript, /^Agent: /);
});

test('an ID is a number, a string, a bigint, or in an object', async (context) => {
  const sandbox = await started(context);
  const { id } = await sandbox.addAgent();
  for (const agent of [id, String(id), BigInt(id), { id }, { id: String(id) }]) {
    const call = await sandbox.addCall(agent);
    assert.equal(call.agent_id, id);
  }
  const call = await sandbox.receiveCall({ id: String(id) });
  assert.equal((await sandbox.finish({ id: String(call.id) })).status, 'completed');
  await sandbox.setPermission('1', false);
  for (const [value, shown] of [['', '""'], ['x7', '"x7"'], [undefined, 'undefined'], [{}, 'undefined'], [1.5, '1.5'], [-1n, '-1']]) {
    await assert.rejects(sandbox.finish(value), (error) => error.message === `call: expected an ID or an object with an \`id\`, got ${shown}`);
  }
  await assert.rejects(sandbox.finish(7), /callId: unknown call 7/);
  await assert.rejects(sandbox.setPermission(9, true), /workspaceId: unknown workspace 9/);
});
