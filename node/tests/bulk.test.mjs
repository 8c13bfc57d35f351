// Bulk operations: results, IDs, journals, cancellation and progress.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { callfluent, Sandbox } from './support/package.mjs';

const { InvalidRequestError, NotFoundError, OutcomeUnknownError } = callfluent;
const here = new URL('.', import.meta.url);
const module = JSON.stringify(new URL('support/package.mjs', here).href);

async function started(context, options) {
  const sandbox = await Sandbox.start(options);
  context.after(() => sandbox.close());
  const client = sandbox.client();
  context.after(() => client.close());
  return { sandbox, client };
}

function folder(context) {
  const path = mkdtempSync(join(tmpdir(), 'callfluent-bulk-'));
  context.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** Adds an agent that makes phone calls. */
const caller = async (sandbox) => (await sandbox.addAgent({ format: 'outbound', phoneNumber: '+12015550104' })).id;

const leads = (count) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`lead-${index}`, { phoneNumber: numberOf(index) }]));
const numberOf = (index) => `+1555100${String(index).padStart(4, '0')}`;

/** Returns the numbers that were phoned, each as often as it was. */
async function phoned(sandbox) {
  const entries = await sandbox.journal();
  const calls = entries.filter(({ operation, processed }) => operation === 'calls.start' && processed);
  return calls.map((entry) => entry.arguments.phoneNumber);
}

const isUnique = (values) => new Set(values).size === values.length;

test('results have the order and the IDs of the items', async (context) => {
  const { sandbox, client } = await started(context);
  const [first, second] = [await sandbox.addAgent({ name: 'one' }), await sandbox.addAgent({ name: 'two' })];
  const ids = [second.id, 999, String(first.id), BigInt(second.id)];
  const results = await client.agents.getMany(new Set(ids));
  assert.deepEqual(results.map(({ id }) => id), ids);
  assert.deepEqual(results.map(({ value }) => value?.agent.name), ['two', undefined, 'one', 'two']);
  assert.ok(results[1].error instanceof NotFoundError);
  assert.equal(results[1].outcomeUnknown, false);
  assert.match(results[1].error.stack, /bulk\.test\.mjs/);
  assert.deepEqual(await client.agents.getMany([]), []);
});

test('agents are created, changed and deleted', async (context) => {
  const { sandbox, client } = await started(context);
  const { agent } = await client.agents.get((await sandbox.addAgent({ name: 'template', format: 'inbound' })).id);
  const { workspaceId, format, timezone, lang, voice, agentType, background, goal, tone } = agent;
  const params = { workspaceId, format, timezone, lang, voice, agentType, background, goal, tone, instructions: 'Ask.' };
  const created = await client.agents.createMany({ a: { ...params, name: 'A' }, b: { ...params, name: 'B' } });
  assert.deepEqual(created.map(({ id, value }) => [id, value?.name]), [['a', 'A'], ['b', 'B']], created[0].error);
  const positions = await client.agents.createMany([{ ...params, name: 'C' }]);
  assert.deepEqual(positions.map(({ id, value }) => [id, value?.name]), [[0, 'C']]);

  const ids = created.map(({ value }) => value.id);
  const patched = await client.agents.patchMany(new Map([[ids[1], { tone: 'Warm' }], [ids[0], { tone: 'Calm' }]]));
  assert.deepEqual(patched.map(({ id, value }) => [id, value?.agent.tone]), [[ids[1], 'Warm'], [ids[0], 'Calm']], patched[0].error);
  // Records of responses are passed whole, as a rollback does.
  const back = await client.agents.updateMany(new Map(created.map(({ value }) => [value.id, value])));
  assert.deepEqual(back.map(({ value }) => value?.tone), [tone, tone], back[0].error);

  const deleted = await client.agents.deleteMany(ids);
  assert.deepEqual(deleted.map(({ id, value, error }) => [id, value, error]), ids.map((id) => [id, undefined, undefined]));
});

test('the history of many agents is listed', async (context) => {
  const { sandbox, client } = await started(context);
  const ids = [(await sandbox.addAgent()).id, (await sandbox.addAgent()).id];
  for (let count = 0; count < 5; count++) await sandbox.addCall(ids[0]);
  const results = await client.calls.listMany(ids);
  assert.deepEqual(results.map(({ value }) => value.length), [5, 0]);
  const listed = [];
  for await (const call of client.calls.list(ids[0])) listed.push(call);
  assert.deepEqual(results[0].value, listed);
});

test('an iteration yields each result while the operation runs', async (context) => {
  const { sandbox, client } = await started(context);
  const agent = await caller(sandbox);
  await sandbox.respond({ operation: 'calls.start', delay: 30, times: 100 });
  const run = client.calls.startMany(agent, leads(20), { maxConcurrency: 2 });
  const seen = [];
  for await (const { id } of run) {
    if (seen.length === 0) assert.ok((await phoned(sandbox)).length < 20);
    seen.push(id);
  }
  assert.deepEqual(seen, Object.keys(leads(20)));
  assert.deepEqual((await run).map(({ id }) => id), seen);
  assert.equal((await phoned(sandbox)).length, 20);
});

test('nothing is sent before the first await or iteration', async (context) => {
  const { sandbox, client } = await started(context);
  const run = client.calls.startMany(await caller(sandbox), leads(1));
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(await phoned(sandbox), []);
  const [both, same] = await Promise.all([run, run.then((results) => results)]);
  assert.equal(both, same);
  assert.equal((await phoned(sandbox)).length, 1);
});

test('ending an iteration early cancels what is left', async (context) => {
  const { sandbox, client } = await started(context);
  const agent = await caller(sandbox);
  await sandbox.respond({ operation: 'calls.start', delay: 10, times: 1000 });
  const run = client.calls.startMany(agent, leads(200), { maxConcurrency: 1 });
  for await (const item of run) {
    assert.equal(item.error, undefined);
    break;
  }
  await assert.rejects(async () => await run, /canceled: its iteration ended early/);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const count = (await phoned(sandbox)).length;
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(count < 200);
  assert.equal((await phoned(sandbox)).length, count);
});

test('a second run starts only the missing calls', async (context) => {
  const { sandbox, client } = await started(context);
  const agent = await caller(sandbox);
  const journal = join(folder(context), 'calls.jsonl');
  const first = await client.calls.startMany(agent, leads(2), { journal });
  const planned = await client.calls.startMany(agent, leads(3), { journal: pathToFileURL(journal), dryRun: true });
  assert.deepEqual(planned.map(({ fromJournal }) => fromJournal), [true, true, false]);
  const second = await client.calls.startMany(agent, leads(3), { journal });
  assert.deepEqual(second.slice(0, 2).map(({ value }) => value.id), first.map(({ value }) => value.id));
  assert.deepEqual((await phoned(sandbox)).sort(), [0, 1, 2].map(numberOf));
});

test('a number of another ID of the journal is rejected', async (context) => {
  const { sandbox, client } = await started(context);
  const agent = await caller(sandbox);
  const journal = join(folder(context), 'calls.jsonl');
  await client.calls.startMany(agent, { L1: { phoneNumber: '+14155556001', name: 'Adda' } }, { journal });
  const renamed = { L1b: { phoneNumber: '+1 415 555 6001' }, L2: { phoneNumber: '+14155556002' } };
  await assert.rejects(
    async () => await client.calls.startMany(agent, renamed, { journal }),
    ({ message }) => {
      assert.match(message, /calls\[L1b\]\.phoneNumber: was called with the ID L1 in this journal; keep that ID/);
      assert.ok(!message.includes('Id('), message);
      return true;
    },
  );
  assert.deepEqual(await phoned(sandbox), ['+14155556001']);
});

test('an item without an ID is rejected with its index', async (context) => {
  const { client, sandbox } = await started(context);
  const calls = new Map([['a', { phoneNumber: '+15551000000' }], [' ', { phoneNumber: '+15551000001' }]]);
  await assert.rejects(client.calls.startMany(1002, calls), /calls\[" "\]: the ID of item 1 must not be empty/);
  await assert.rejects(client.agents.getMany([1001, '']), /agentIds\[""\]: the ID of item 1 must not be empty/);
  assert.deepEqual(await sandbox.journal(), []);
});

test('an item cannot contradict the argument of all', async (context) => {
  const { client, sandbox } = await started(context);
  const agent = await caller(sandbox);
  const call = { phoneNumber: '+15551000000' };
  const other = client.calls.startMany(agent, { a: { ...call, agentId: 7 } });
  await assert.rejects(other, new RegExp(`calls\\[a\\]\\.agentId: is ${agent} for this item, got 7; remove it`));
  const changes = new Map([[agent, { tone: 'Warm', agentId: 7 }]]);
  await assert.rejects(client.agents.patchMany(changes), /agentId: is \d+ for this item, got 7/);
  await assert.rejects(client.calls.startMany(agent, { a: { ...call, '': 'x' } }), /the name of a field must not be empty/);
  assert.deepEqual(await phoned(sandbox), []);
  const [item] = await client.calls.startMany(agent, { a: { ...call, agentId: agent } });
  assert.equal(item.error, undefined);
});

test('an unknown outcome is resolved by its ID', async (context) => {
  const { sandbox, client } = await started(context);
  const agent = await caller(sandbox);
  const journal = join(folder(context), 'calls.jsonl');
  await sandbox.respond({ operation: 'calls.start', disconnect: 'beforeResponse', processFirst: true });
  const [first] = await client.calls.startMany(agent, leads(1), { journal });
  assert.equal(first.outcomeUnknown, true);
  const [second] = await client.calls.startMany(agent, leads(1), { journal });
  assert.ok(second.error instanceof OutcomeUnknownError && second.outcomeUnknown);
  assert.match(second.error.message, /calls\.list.*as "done" or "repeat"/);
  const [third] = await client.calls.startMany(agent, leads(1), { journal, resolve: { 'lead-0': 'done' } });
  assert.deepEqual([third.error, third.fromJournal], [undefined, true]);
  const [again] = await client.calls.startMany(agent, leads(1), { journal, resolve: { 'lead-0': 'done' } });
  assert.deepEqual([again.error, again.fromJournal], [undefined, true]);
  const other = client.calls.startMany(agent, leads(1), { journal, resolve: { 'lead-0': 'repeat' } });
  await assert.rejects(other, /resolve\[lead-0\]: the journal has the decision "done"/);
  assert.equal((await phoned(sandbox)).length, 1);
});

const INVALID = {
  'a string for IDs': [(client) => client.agents.getMany('7'), 'agentIds: expected IDs in an array, got a string'],
  'a null ID': [(client) => client.agents.getMany([null]), 'agentIds[0]: expected an ID, an integer or a string, got null'],
  'a fraction as an ID': [(client) => client.agents.getMany([1.5]), 'agentIds[0]: expected an ID, an integer or a string, got 1.5'],
  'an ID twice': [(client) => client.agents.deleteMany([7, 7]), 'agentIds[7]: has the same ID as item 0'],
  'an array of changes': [(client) => client.agents.patchMany([{ tone: 'x' }]), 'changes: expected fields by ID in an object or a Map'],
  'a misspelled field': [(client) => client.agents.patchMany({ 7: { tnoe: 'x' } }), 'changes[7].tnoe: '],
  'a value that JSON cannot hold': [(client) => client.agents.patchMany({ 7: { tone: () => 1 } }), 'changes[7].tone: expected a value that JSON can hold'],
  'a string for fields': [(client) => client.agents.patchMany({ 7: 'Warm' }), 'changes[7]: expected an object such as '],
  'no phone number': [(client) => client.calls.startMany(1, { a: {} }), 'calls[a].phoneNumber: is required'],
  'one number twice': [
    (client) => client.calls.startMany(1, { a: { phoneNumber: '+15550001111' }, b: { phoneNumber: '+15550001111' } }),
    'calls[b].phoneNumber: is also the number of',
  ],
  'a journal without IDs': [
    (client) => client.calls.startMany(1, [{ phoneNumber: '+15550001111' }], { journal: 'j' }),
    'journal: needs IDs',
  ],
  'an unknown decision': [(client) => client.calls.startMany(1, {}, { journal: 'j', resolve: { a: 'maybe' } }), 'resolve: expected "done" or "repeat" for a, got "maybe"'],
  'a decision without a journal': [(client) => client.calls.startMany(1, {}, { resolve: { a: 'done' } }), 'resolve: needs the option journal'],
  'no concurrency': [(client) => client.agents.getMany([7], { maxConcurrency: 0 }), 'maxConcurrency: must be at least 1'],
  'a callback that is not a function': [(client) => client.agents.getMany([7], { onProgress: 5 }), 'onProgress: expected a function'],
  'a journal of a read': [(client) => client.agents.getMany([7], { journal: 'j' }), 'journal: unknown option'],
  'an invalid timeout': [(client) => client.agents.getMany([7], { timeout: -1 }), 'timeout: expected milliseconds: a number above 0, or Infinity, got -1'],
};

test('invalid items and options send nothing', async (context) => {
  const { sandbox, client } = await started(context);
  for (const [name, [use, expected]] of Object.entries(INVALID)) {
    await assert.rejects(
      async () => await use(client),
      (error) => {
        assert.ok(error instanceof InvalidRequestError, `${name}: ${error}`);
        assert.ok(error.message.includes(expected) && error.message.includes('(not sent)'), `${name}: ${error.message}`);
        return true;
      },
    );
  }
  assert.deepEqual(await sandbox.journal(), []);
});

test('errors of all items are reported together', async (context) => {
  const { client } = await started(context);
  const changes = { 1: { tone: Symbol('a') }, 2: { voice: 5n ** 40n, goal: () => 1 } };
  await assert.rejects(
    async () => await client.agents.patchMany(changes),
    ({ fieldErrors }) => {
      assert.deepEqual(fieldErrors.map(({ field }) => field), ['changes[1].tone', 'changes[2].goal']);
      return true;
    },
  );
});

test('the callback gets the progress', async (context) => {
  const { sandbox, client } = await started(context);
  const ids = [(await sandbox.addAgent()).id, 999, (await sandbox.addAgent()).id];
  const seen = [];
  await client.agents.getMany(ids, { onProgress: (progress) => seen.push(progress) });
  assert.deepEqual(seen.at(-1), { completed: 3, failed: 1, total: 3 });
  assert.deepEqual(seen.map(({ completed }) => completed), seen.map(({ completed }) => completed).sort());
});

for (const [name, cancel, expected] of [
  ['a callback that throws', () => { throw new RangeError('stop'); }, RangeError],
  ['an abort in the callback', (controller) => controller.abort(), (error) => error.name === 'AbortError' && error.outcomeUnknown],
]) {
  test(`${name} cancels the operation and keeps the journal`, async (context) => {
    const { sandbox, client } = await started(context);
    const agent = await caller(sandbox);
    const journal = join(folder(context), 'calls.jsonl');
    await sandbox.respond({ operation: 'calls.start', delay: 20, times: 1000 });
    const controller = new AbortController();
    const options = { journal, maxConcurrency: 2, signal: controller.signal, onProgress: ({ completed }) => completed > 0 && cancel(controller) };
    await assert.rejects(async () => await client.calls.startMany(agent, leads(300), options), expected);
    // The journal is unlocked, and what is done is not done again.
    await client.calls.startMany(agent, leads(20), { journal });
    const numbers = await phoned(sandbox);
    assert.ok(isUnique(numbers) && numbers.length < 300, `${numbers.length} calls`);
  });
}

test('an aborted signal sends nothing', async (context) => {
  const { sandbox, client } = await started(context);
  const run = client.calls.startMany(await caller(sandbox), leads(2), { signal: AbortSignal.abort() });
  await assert.rejects(async () => await run, { name: 'AbortError' });
  assert.deepEqual(await phoned(sandbox), []);
});

test('an abort while the operation starts sends nothing', async (context) => {
  const { sandbox, client } = await started(context);
  const agent = await caller(sandbox);
  await client.workspaces.list();
  // So many items that the abort comes while they are validated, also on a busy machine.
  const items = leads(2_000);
  for (let run = 0; run < 5; run += 1) {
    const journal = join(folder(context), 'calls.jsonl');
    const controller = new AbortController();
    const calls = client.calls.startMany(agent, items, { journal, signal: controller.signal });
    const rejected = assert.rejects(async () => await calls, { name: 'AbortError' });
    await Promise.resolve();
    controller.abort();
    await rejected;
    // The journal is unlocked when the start has ended.
    for (let begun; begun === undefined; ) {
      begun = await client.calls.startMany(agent, items, { journal, dryRun: true }).catch(() => undefined);
      assert.ok(begun === undefined || begun.every(({ error }) => error === undefined), 'an item has an unknown outcome');
    }
  }
  assert.deepEqual(await phoned(sandbox), []);
});

for (const [name, onProgress, error] of [
  ['throws', () => { throw new RangeError('stop'); }, RangeError],
  ['is async', async () => { throw new RangeError('stop'); }, /onProgress: must not be async/],
]) {
  test(`nothing is sent if the callback ${name} at first`, async (context) => {
    const { sandbox, client } = await started(context);
    const agent = await caller(sandbox);
    await assert.rejects(async () => await client.calls.startMany(agent, leads(3), { onProgress }), error);
    assert.deepEqual(await phoned(sandbox), []);
  });
}

test('closing the client waits for a bulk operation', async (context) => {
  const { sandbox, client } = await started(context);
  const run = client.calls.startMany(await caller(sandbox), leads(30), { maxConcurrency: 3 });
  const results = run.then((items) => items.length);
  await client.close();
  assert.equal((await phoned(sandbox)).length, 30);
  assert.equal(await results, 30);
  await assert.rejects(async () => await client.calls.startMany(1, leads(1)), /the client is closed/);
});

/** A program that starts calls with a journal until it is killed. */
const KILLED = `
  import { CallFluent } from ${module};
  const [baseUrl, agent, journal] = process.argv.slice(1);
  const leads = new Map(Array.from({ length: 40 }, (_, index) => ['lead-' + index, { phoneNumber: '+1555100' + String(index).padStart(4, '0') }]));
  const client = new CallFluent({ apiKey: 'sandbox-key', baseUrl });
  await client.calls.startMany(Number(agent), leads, { journal, maxConcurrency: 4 });`;

test('nobody is phoned twice after kills at random moments', { timeout: 120_000 }, async (context) => {
  const { sandbox, client } = await started(context, { apiKey: 'sandbox-key' });
  const agent = await caller(sandbox);
  const journal = join(folder(context), 'calls.jsonl');
  await sandbox.respond({ operation: 'calls.start', delay: 8, times: 100_000 });
  let kills = 0;
  for (let run = 0; run < 4; run++) {
    const before = (await phoned(sandbox)).length;
    const program = spawn(process.execPath, ['--input-type=module', '--eval', KILLED, sandbox.baseUrl, String(agent), journal], {
      cwd: here,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const ended = once(program, 'exit');
    while ((await phoned(sandbox)).length === before && program.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 25));
    kills += program.kill('SIGKILL') ? 1 : 0;
    const [code] = await ended;
    if (code === 0) break;
  }
  assert.ok(kills > 0, 'the program was never killed');

  // What is left is done, except for the unknown items.
  const results = await client.calls.startMany(agent, leads(40), { journal });
  const numbers = new Set(await phoned(sandbox));
  const resolve = new Map();
  for (const { id, error } of results.filter((item) => item.error)) {
    assert.ok(error instanceof OutcomeUnknownError, error);
    resolve.set(id, numbers.has(leads(40)[id].phoneNumber) ? 'done' : 'repeat');
  }
  const last = await client.calls.startMany(agent, leads(40), { journal, resolve });
  assert.ok(last.every(({ error }) => error === undefined));
  const all = await phoned(sandbox);
  assert.equal(all.length, 40);
  assert.ok(isUnique(all), 'a number was phoned twice');
});
