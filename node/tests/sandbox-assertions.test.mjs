// Assertions about requests, snapshots, faults on demand, and the helper for test runners.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import { CallFluent, callfluent, folder, Sandbox } from './support/package.mjs';

const { useSandbox } = callfluent;

describe('a sandbox for each test', () => {
  const sandbox = useSandbox({ beforeEach, afterEach }, { demo: true });

  test('a client without arguments uses it', async () => {
    const agents = await new CallFluent().agents.list(1);
    assert.equal(agents.length, 3);
    await new CallFluent().agents.delete(agents[0].id);
    await sandbox().assertRequested('agents.delete', { agentId: agents[0].id }, { times: 1 });
  });

  test('it is new in each test', async () => {
    assert.equal((await new CallFluent().agents.list(1)).length, 3);
    await sandbox().assertRequested('agents.delete', {}, { times: 0 });
  });
});

describe('a sandbox for a file', () => {
  const previous = process.env.CALLFLUENT_BASE_URL;
  const sandbox = useSandbox({ before, after });

  test('the first test adds an agent', async () => {
    await sandbox().addAgent();
  });

  test('the second test has the agent', async () => {
    assert.equal((await new CallFluent().agents.list(1)).length, 1);
  });

  after(() => assert.equal(process.env.CALLFLUENT_BASE_URL, previous));
});

test('outside of a test there is no sandbox', () => {
  const sandbox = useSandbox({ beforeEach: () => {}, afterEach: () => {} });
  assert.throws(sandbox, /the sandbox is not running/);
});

async function started(context, options) {
  const sandbox = await Sandbox.start(options);
  context.after(() => sandbox.close());
  return sandbox;
}

test('a request is asserted by its arguments', async (context) => {
  const sandbox = await started(context);
  const client = sandbox.client();
  await client.agents.create({
    workspaceId: 1, format: 'inbound', timezone: 'UTC+00:00', name: 'Support', lang: 'en', voice: 'alloy',
    agentType: 'support', background: 'b', goal: 'g', tone: 'Friendly', instructions: 'i', blockedPhoneTypes: [1, 2],
  });
  const [entry] = await sandbox.assertRequested('agents.create', { name: 'Support', blockedPhoneTypes: [1, 2] });
  assert.equal(entry.arguments.workspaceId, 1);
  const error = await sandbox.assertRequested('agents.create', { agentType: 'support', name: 'Sales' })
    .then(assert.fail, (error) => error);
  assert.equal(error.code, 'ERR_ASSERTION');
  assert.deepEqual(error.message.split('\n'), [
    'expected a request agents.create with {"agentType":"support","name":"Sales"}, received 0',
    'nearest request sandbox-000001:',
    '  name: expected "Sales", received "Support"',
  ]);
  await assert.rejects(sandbox.assertRequested('custom_fields.create'), /did you mean `customFields.create`\?/);
});

test('a snapshot restores the state', async (context) => {
  const sandbox = await started(context);
  const client = sandbox.client();
  const snapshot = await sandbox.snapshot();
  await sandbox.addAgent();
  await client.agents.list(1);
  await sandbox.restore(snapshot);
  assert.deepEqual(await sandbox.journal(), []);
  assert.deepEqual(await client.agents.list(1), []);
});

test('faults apply to chosen requests', async (context) => {
  const sandbox = await started(context);
  const client = sandbox.client({ maxRetries: 0 });
  await sandbox.respond({ operation: 'workspaces.list', after: 1, status: 429, retryAfter: 3_000 });
  await client.workspaces.list();
  await assert.rejects(client.workspaces.list(), (error) => error.retryAfter === 3_000);
  await sandbox.respond({ disconnect: 'reset', processFirst: true });
  await assert.rejects(client.workspaces.list(), callfluent.APIConnectionError);
  await sandbox.respond({ probability: 1, forSeconds: 30, status: 503 });
  await assert.rejects(client.user.profile(), callfluent.InternalServerError);
  await sandbox.advance(30);
  await client.user.profile();
});

test('an invalid scripted response names the valid values', async (context) => {
  const sandbox = await started(context);
  for (const [response, expected] of [
    [{ retryAfter: 3 }, 'retryAfter: expected milliseconds: a multiple of 1,000, because the header has seconds, got 3'],
    [{ disconnect: 'in_body' }, 'disconnect: expected one of beforeResponse, inBody, reset, got the string "in_body"'],
    [{ delay: -1 }, 'delay: expected an integer of 0 or more, got -1'],
    [{ status: 99 }, 'status: must be an integer from 200 to 599, but is 99'],
  ]) {
    await assert.rejects(sandbox.respond(response), (error) => error.message.endsWith(expected));
  }
});

test('limits, permissions and the key change', async (context) => {
  const sandbox = await started(context);
  const client = sandbox.client({ maxRetries: 0 });
  await sandbox.setLimits({ workspaces: 1 });
  await assert.rejects(client.workspaces.create('second'), callfluent.LimitReachedError);
  await sandbox.setPermission(1, false);
  await assert.rejects(client.agents.list(1), callfluent.PermissionDeniedError);
  await sandbox.setKeyRevoked();
  await assert.rejects(client.workspaces.list(), callfluent.AuthenticationError);
  await sandbox.setKeyRevoked(false);
  await client.workspaces.list();
});

test('latency and truncated responses reach the client', async (context) => {
  const sandbox = await started(context);
  const client = sandbox.client({ maxRetries: 0 });
  await sandbox.respond({ operation: 'workspaces.list', delay: 60_000 });
  await assert.rejects(client.workspaces.list({ timeout: 50 }), callfluent.APITimeoutError);
  await sandbox.respond({ operation: 'workspaces.create', disconnect: 'beforeResponse' });
  await sandbox.respond({ operation: 'workspaces.create', disconnect: 'inBody', processFirst: true });
  await assert.rejects(client.workspaces.create('second'), callfluent.APIConnectionError);
  await assert.rejects(client.workspaces.create('second'), callfluent.APIConnectionError);
  const requests = await sandbox.requests('workspaces.create');
  assert.deepEqual(requests.map(({ processed }) => processed), [false, true]);
  assert.equal((await client.workspaces.list()).length, 2);
});

test('a seed repeats a random share of faults', async (context) => {
  const sandbox = await started(context);
  const client = sandbox.client({ maxRetries: 0 });
  const failures = async (script) => {
    await sandbox.reset();
    await script();
    const failed = [];
    for (let number = 0; number < 40; number += 1) {
      await client.workspaces.list().catch(() => failed.push(number));
    }
    return failed;
  };
  const kinds = [
    (seed) => sandbox.faults(0.3, seed),
    (seed) => sandbox.respond({ probability: 0.3, seed, status: 500 }),
  ];
  for (const script of kinds) {
    const first = await failures(() => script(7));
    assert.ok(first.length >= 1 && first.length <= 30, String(first));
    assert.deepEqual(await failures(() => script(7)), first);
    assert.notDeepEqual(await failures(() => script(8)), first);
  }
});

test('the limit of agents changes', async (context) => {
  const sandbox = await started(context);
  const client = sandbox.client({ maxRetries: 0 });
  const { id } = await sandbox.addAgent();
  await sandbox.setLimits({ agents: 1 });
  const { agent } = await client.agents.get(id);
  const { id: _, ...fields } = agent;
  await assert.rejects(client.agents.create(fields), callfluent.LimitReachedError);
  await sandbox.setLimits({ agents: 2 });
  assert.equal((await client.agents.create(fields)).name, agent.name);
});

test('hundreds of sandboxes start quickly in one process', async (context) => {
  const durations = [];
  const sandboxes = [];
  for (let number = 0; number < 200; number += 1) {
    const begin = performance.now();
    sandboxes.push(await Sandbox.start());
    durations.push(performance.now() - begin);
  }
  context.after(() => Promise.all(sandboxes.map((sandbox) => sandbox.close())));
  assert.equal(new Set(sandboxes.map(({ baseUrl }) => baseUrl)).size, 200);
  for (const sandbox of sandboxes.filter((_, index) => index % 20 === 0)) {
    await sandbox.client().workspaces.list();
    await sandbox.assertRequested('workspaces.list', {}, { times: 1 });
  }
  // The first quartile: other processes slow down some starts.
  assert.ok(durations.sort((one, other) => one - other)[50] < 5, String(durations));
});

test('the requests of one operation have their arguments', async (context) => {
  const sandbox = await started(context);
  const client = sandbox.client();
  await client.workspaces.list();
  await client.phoneNumbers.list(1, 'outbound');
  const requests = await sandbox.requests('phoneNumbers.list');
  assert.deepEqual(requests.map((request) => request.arguments), [{ workspaceId: 1, agentType: 'outbound' }]);
  assert.deepEqual(await sandbox.requests('agents.create'), []);
  await assert.rejects(sandbox.requests('agents.craete'), /did you mean `agents.create`\?/);
});

test('each operation of the sandbox has a type', async (context) => {
  const sandbox = await started(context);
  const response = await fetch(`${sandbox.controlUrl}?naming=camel_case`);
  const { operations } = await response.json();
  const declared = readFileSync(join(folder, 'dist/generated/operations.d.ts'), 'utf8');
  const typed = [...declared.matchAll(/^ {4}'([\w.]+)':/gm)].map(([, name]) => name);
  assert.deepEqual(typed.sort(), operations.map(({ operation }) => operation).sort());
});

test('unknown fields of test data are rejected with near names', async (context) => {
  const sandbox = await started(context);
  await assert.rejects(sandbox.addAgent({ formt: 'outbound' }), /formt: unknown field; did you mean `format`\?/);
  await assert.rejects(sandbox.addAgent({ welcome_message: 'Hi' }), /welcome_message: unknown field; did you mean `welcomeMsg`\?/);
  await assert.rejects(sandbox.addAgent({ workspaceId: 7 }), /workspaceId: unknown workspace 7/);
  const agent = await sandbox.addAgent({ welcomeMsg: 'Hi', avatar: null });
  assert.equal(agent.welcome_msg, 'Hi');
  await assert.rejects(sandbox.addCall(agent, { fone: 'x' }), /fone: unknown field; known: agentId, phoneNumber,/);
});

test('unknown fields to drop are rejected with near names', async () => {
  await assert.rejects(Sandbox.start({ dropFields: ['nonsense'] }), /dropFields: "nonsense" is an unknown field; known: workspaceId,/);
  await assert.rejects(Sandbox.start({ dropFields: ['welcomMsg'] }), /dropFields: "welcomMsg" is an unknown field; did you mean `welcomeMsg`\?/);
});

test('a field to drop has the name of the client', async (context) => {
  const sandbox = await started(context, { dropFields: ['welcomeMsg'] });
  const agent = await sandbox.addAgent();
  const { dropped } = await sandbox.client().agents.patch(agent.id, { welcomeMsg: 'Hi', allowDropped: true });
  assert.deepEqual(dropped.map(({ field }) => field), ['welcomeMsg']);
});

test('a snapshot of another sandbox is rejected', async (context) => {
  const [sandbox, other] = [await started(context), await started(context)];
  const snapshot = await other.snapshot();
  await sandbox.snapshot();
  await assert.rejects(sandbox.restore(snapshot), /snapshot: it is from another sandbox/);
  await assert.rejects(sandbox.restore(undefined), /snapshot: expected a snapshot, got undefined/);
});

test('custom fields have their exact names', async (context) => {
  const sandbox = await started(context);
  const agent = await sandbox.addAgent({ format: 'outbound' });
  await sandbox.client().calls.start(agent.id, { phoneNumber: '+14155550123', first_name: 'Ada' });
  await sandbox.assertRequested('calls.start', { agentId: String(agent.id), first_name: 'Ada' });
  await sandbox.assertRequested('calls.start', { firstName: 'Ada' }, { times: 0 });
  await sandbox.assertRequested('calls.start', { customFields: { first_name: 'Ada' } });
});

test('an agent uses an added number', async (context) => {
  const sandbox = await started(context);
  const { type } = await sandbox.addPhoneNumber('+13125550142');
  const agent = await sandbox.addAgent({ format: 'outbound', phoneNumber: '+13125550142' });
  assert.deepEqual([type, agent.phone_number], ['twilio', '+13125550142']);
  assert.equal((await sandbox.addPhoneNumber(undefined, { verified: true })).type, 'verified');
  await assert.rejects(sandbox.addPhoneNumber('+13125550142'), /phoneNumber: .* is already a number of workspace 1/);
  await assert.rejects(sandbox.addPhoneNumber(undefined, { workspaceId: 9 }), /workspaceId: unknown workspace 9/);
});

test('a response that changes nothing is rejected', async (context) => {
  const sandbox = await started(context);
  const expected = /nothing to do: set status, body, headers, delay or disconnect/;
  await assert.rejects(sandbox.respond({ operation: 'agents.list' }), expected);
  await sandbox.respond({ body: null });
  assert.equal(await sandbox.client().request('GET', '/workspace/get-all'), null);
});
