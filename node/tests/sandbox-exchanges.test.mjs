// Record and replay with the sandbox of the package. A second sandbox is the real server.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { callfluent, Sandbox } from './support/package.mjs';

const phoneNumber = '+14155550123';

async function session(client, agentId) {
  await client.calls.start(agentId, { phoneNumber, name: 'Ada' });
  const { agent } = await client.agents.get(agentId);
  const numbers = [];
  for await (const call of client.calls.list(agentId)) {
    numbers.push(call.phone_number);
  }
  return [agent.name, numbers];
}

test('a recorded session is replayed without the server', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'callfluent-'));
  context.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'calls.jsonl');
  const real = await Sandbox.start({ apiKey: 'real-key' });
  const agent = await real.addAgent({ name: 'Sales', format: 'outbound' });
  const recorder = await Sandbox.start({ record: file, target: real.baseUrl, apiKey: 'real-key' });
  const recorded = await session(recorder.client(), agent.id);
  assert.deepEqual(recorded, ['Sales', [phoneNumber]]);
  await recorder.assertRequested('calls.start', { phoneNumber }, { times: 1 });
  await recorder.close();
  await real.close();
  assert.doesNotMatch(await readFile(file, 'utf8'), /4155550123|real-key/);

  const sandbox = await Sandbox.start({ replay: file });
  context.after(() => sandbox.close());
  assert.deepEqual(await session(sandbox.client(), agent.id), recorded);
  await assert.rejects(
    sandbox.client().calls.start(agent.id, { phoneNumber, name: 'Grace' }),
    /nearest recorded requests: 1 POST .* \(body\.name: recorded "Ada", received "Grace"/,
  );
});

test('contradictory settings are reported', async () => {
  await assert.rejects(Sandbox.start({ record: 'calls.jsonl' }), /record needs target/);
});

test('an offline process records this machine only', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'callfluent-'));
  context.after(() => rm(folder, { recursive: true }));
  const before = process.env.CALLFLUENT_OFFLINE;
  const offline = callfluent.setOffline(false);
  context.after(() => {
    callfluent.setOffline(offline);
    if (before === undefined) delete process.env.CALLFLUENT_OFFLINE;
    else process.env.CALLFLUENT_OFFLINE = before;
  });
  const target = 'https://api.callfluent.test/api';
  const recorded = async (name, to = target) => (await Sandbox.start({ record: join(folder, name), target: to })).close();
  for (const value of ['1', 'True', 'yes']) {
    process.env.CALLFLUENT_OFFLINE = value;
    await assert.rejects(recorded('a'), /target https:\/\/api\.callfluent\.test\/api: offline mode/);
  }
  const real = await Sandbox.start();
  await recorded('b', real.baseUrl);
  await real.close();
  process.env.CALLFLUENT_OFFLINE = 'off';
  callfluent.setOffline(true);
  await recorded('c');
  process.env.CALLFLUENT_OFFLINE = 'offf';
  await assert.rejects(recorded('d'), /CALLFLUENT_OFFLINE must be 1 or 0/);
  // Nothing else depends on the variable.
  await (await Sandbox.start()).close();
});
