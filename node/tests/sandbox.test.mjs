// The sandbox from Node: in the process, and as a program.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';

import { CallFluent, callfluent, folder, Sandbox } from './support/package.mjs';

const AGENT = {
  workspaceId: 1, format: 'inbound', timezone: 'UTC+00:00', name: 'Front desk', lang: 'en', voice: 'alloy',
  agentType: 'support', background: 'b', goal: 'g', tone: 'Friendly', instructions: 'i',
};

test('a sandbox responds, records, is scripted, and ends', async () => {
  const sandbox = await Sandbox.start({ seed: 7 });
  const client = sandbox.client({ maxRetries: 0 });
  const agent = await client.agents.create(AGENT);
  assert.equal((await client.agents.get(agent.id)).agent.name, 'Front desk');
  const field = await client.customFields.create(agent.id, { name: 'city', label: 'City' });
  assert.equal(field.name, 'city');
  const action = await client.actions.create(agent.id, {
    actionType: 'webhook', name: 'hook', webhookUrl: 'https://example.com/hook', fields: [{ value: 'city', label: 'City' }],
  });
  assert.deepEqual(action.fields, [{ value: 'city', label: 'City' }]);
  await client.agents.patch(agent.id, { welcomeMsg: 'Hello' });
  const { agent: patched, dropped } = await client.agents.patch(agent.id, { tone: 'Warm', welcomeMsg: 'Good morning' });
  assert.equal(patched.tone, 'Warm');
  assert.equal(patched.welcomeMsg, 'Good morning');
  assert.equal(patched.welcome_msg, undefined);
  assert.equal(patched.name, 'Front desk');
  assert.deepEqual(dropped, []);
  const origins = await client.agents.setCorsOrigins(agent.id, ['https://a.com'], { enabled: true });
  assert.deepEqual(origins, { hasWebhookCorsOrigin: true, webhookCorsOrigin: ['https://a.com'] });
  await sandbox.respond({ operation: 'agents.list', status: 429, headers: { 'retry-after': '2' } });
  await assert.rejects(client.agents.list(1), (error) => {
    assert.ok(error instanceof callfluent.RateLimitError);
    assert.equal(error.retryAfter, 2_000);
    return true;
  });
  const journal = await sandbox.journal();
  assert.ok(Array.isArray(journal) && journal.length > 5);
  const { operation, requestId, processed, status, bodyText, files } = journal.at(-1);
  assert.deepEqual(
    { operation, requestId, processed, status, bodyText, files },
    { operation: 'agents.list', requestId: journal.at(-1).requestId, processed: false, status: 429, bodyText: null, files: null },
  );
  assert.match(requestId, /^sandbox-\d{6}$/);
  await sandbox.reset();
  assert.deepEqual(await client.agents.list(1), []);
  await sandbox.close();
  await assert.rejects(client.workspaces.list(), callfluent.APIConnectionError);
});

test('without validation, an unknown action is left to the server', async (context) => {
  const sandbox = await Sandbox.start();
  context.after(() => sandbox.close());
  const client = sandbox.client();
  const { id } = await client.agents.create(AGENT);
  const error = await sandbox.client({ validate: false }).actions.create(id, { actionType: 'sendFax', name: 'fax' }).then(assert.fail, (error) => error);
  assert.equal(error.constructor, callfluent.UnprocessableEntityError, error.stack);
  assert.deepEqual(error.fieldErrors.map(({ field }) => field), ['actionType']);
  assert.match(error.message, /^actionType: must be one of sendEmail, .*, but is "sendFax"/);
  for (const action of [{ name: 'fax' }, { name: 'fax', actionType: 7 }, { name: 'fax', actionType: null }]) {
    const error = await client.actions.create(id, action).then(assert.fail, (error) => error);
    assert.equal(error.constructor, callfluent.InvalidRequestError, error.stack);
    assert.match(error.message, /actionType: is required: one of sendEmail, /);
  }
});

test('a demo sandbox has calls in pages', async () => {
  const sandbox = await Sandbox.start({ demo: true, pageSize: 5 });
  const client = sandbox.client();
  const [{ id: workspaceId }] = await client.workspaces.list();
  const counts = [];
  for (const { id } of await client.agents.list(workspaceId)) {
    let count = 0;
    for await (const call of client.calls.list(id)) {
      assert.ok(call.id);
      count += 1;
    }
    counts.push(count);
  }
  assert.ok(counts.some((count) => count > 5), counts.join());
  await sandbox[Symbol.asyncDispose]();
});

test('operation names are camelCase, and unknown ones are rejected', async (context) => {
  const sandbox = await Sandbox.start();
  context.after(() => sandbox.close());
  await sandbox.respond({ operation: 'phoneNumbers.list', status: 403 });
  await assert.rejects(sandbox.client().phoneNumbers.list(1, 'outbound'), callfluent.PermissionDeniedError);
  assert.equal((await sandbox.journal())[0].operation, 'phoneNumbers.list');
  for (const [wrong, suggestion] of [['phone_numbers.list', 'phoneNumbers.list'], ['calls.hangup', 'calls.hangUp']]) {
    const error = await sandbox.respond({ operation: wrong, status: 500 }).then(assert.fail, (error) => error);
    assert.ok(error.message.includes(`unknown operation "${wrong}"; did you mean \`${suggestion}\`?`), error.message);
  }
});

test('agents and calls are added without requests', async (context) => {
  const sandbox = await Sandbox.start({ pageSize: 2 });
  context.after(() => sandbox.close());
  const agent = await sandbox.addAgent({ name: 'Sales', format: 'outbound', workspaceId: 1 });
  const client = sandbox.client();
  assert.equal((await client.agents.get(agent.id)).agent.name, 'Sales');
  const ids = [];
  for (let count = 0; count < 3; count += 1) ids.push((await sandbox.addCall(agent.id)).id);
  const newest = await sandbox.addCall(agent.id, { status: 'no-answer', phoneNumber: '+442079460958' });
  assert.equal(newest.phone_number, '+442079460958');
  const listed = [];
  for await (const call of client.calls.list(agent.id)) listed.push(call.id);
  assert.deepEqual(listed, [newest.id, ...ids.reverse()]);
  await assert.rejects(sandbox.addCall(agent.id, { durration: 5 }), /durration: unknown field; did you mean `duration`\?/);
});

test('settings that cannot be used are refused', async () => {
  await assert.rejects(Sandbox.start({ pages: 3 }), /^InvalidRequestError: Sandbox\.start: pages: unknown option; known: port, demo,/);
  const misspelled = { message: 'Sandbox.start: secondsPerPol: unknown option; did you mean secondsPerPoll?' };
  await assert.rejects(Sandbox.start({ secondsPerPol: 300 }), misspelled);
  const invalid = { port: 99999, seed: '7', demo: 1, dropFields: 'tone' };
  await assert.rejects(Sandbox.start(invalid), {
    message:
      'Sandbox.start: port: expected a port from 0 to 65535, got 99999; ' +
      'seed: expected an integer of 0 or more, got the string "7"; demo: expected true or false, got a number; ' +
      'dropFields: expected an array of strings, got a string',
  });
});

test('the program serves until it is interrupted', async () => {
  const program = spawn(process.execPath, [join(folder, 'dist/sandbox-command.js'), '--port', '0', '--demo']);
  const [line] = await once(program.stdout.setEncoding('utf8'), 'data');
  const baseUrl = /CALLFLUENT_BASE_URL=(\S+)/.exec(line)[1];
  const apiKey = /CALLFLUENT_API_KEY=([^;\s]+)/.exec(line)[1];
  assert.ok((await new CallFluent({ baseUrl, apiKey }).workspaces.list()).length > 0);
  program.kill('SIGINT');
  const [code] = await once(program, 'exit');
  assert.equal(code, 0);
});

test('the help of the program lists only options that work', () => {
  const run = (...args) => spawnSync(process.execPath, [join(folder, 'dist/sandbox-command.js'), ...args], { encoding: 'utf8' });
  const listed = [...run('--help').stdout.matchAll(/^ {2}--(\S+)(?: ([A-Z]+))? /gm)];
  const names = listed.map(([, name]) => name);
  assert.ok(names.includes('record') && names.includes('seconds-per-poll') && !names.includes('data-dir'), names.join());
  const options = listed.filter(([, name]) => name !== 'help' && name !== 'version');
  const args = options.flatMap(([, name, value]) => (value === undefined ? [`--${name}`] : [`--${name}`, '1']));
  // `--help` ends the program after it has read the options before it.
  const tried = run(...args, '--help');
  assert.equal(tried.status, 0, tried.stderr);
  assert.equal(run('--data-dir', 'here').status, 2);
});

test('control of the sandbox needs neither fetch nor sockets', async (context) => {
  const sandbox = await Sandbox.start({ demo: true });
  const blocked = () => {
    throw new Error('the network is blocked');
  };
  // As nock, msw and jsdom replace them.
  context.mock.method(globalThis, 'fetch', blocked);
  context.mock.method(http, 'request', blocked);
  context.mock.method(net.Socket.prototype, 'connect', blocked);
  await sandbox.respond({ operation: 'agents.list', status: 503 });
  await sandbox.faults(0.5);
  assert.deepEqual(await sandbox.journal(), []);
  await sandbox.reset();
  await sandbox.close();
});
