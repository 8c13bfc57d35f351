// Many concurrent operations with random faults: nothing is done twice, nothing that was reported
// is lost, and an error reports if its request may have been processed. The sandbox's journal and
// its state show it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { callfluent, Sandbox } from './support/package.mjs';
import { figure, length } from './support/scale.mjs';

const OPERATIONS = length(3_000, 20_000);
const AT_ONCE = 64;
const ONCE = new Set(['agents.create', 'calls.start', 'calls.hangUp', 'customFields.create', 'knowledge.uploadOnly']);
const READS = new Set(['agents.get', 'agents.list']);
const MARKER = 'x-operation';

const AGENT = {
  format: 'inbound', timezone: 'UTC+00:00', lang: 'en', voice: 'alloy', agentType: 'sales', background: 'b', goal: 'none',
  tone: 't', instructions: 'i',
};

/** A number from 0 up to, but not including, 1; the same ones for the same seed (mulberry32). */
function chance(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A concurrent worker: its own workspace, an agent, and the state that it expects. */
class Worker {
  agents = [];
  calls = [];
  told = [];

  static async make(client, number) {
    const name = `workspace ${number}`;
    const workspace = await client.workspaces.create(name);
    const { numbers } = await client.phoneNumbers.list(workspace.id, 'outbound');
    const own = { workspaceId: workspace.id, name: 'caller', format: 'outbound', phoneNumber: numbers[0].number };
    const caller = await client.agents.create({ ...AGENT, ...own });
    return Object.assign(new Worker(), { client, workspaceId: workspace.id, caller: caller.id, chance: chance(number) });
  }

  /** One operation, as chance will have it. */
  choose(marker) {
    const { client, workspaceId, caller } = this;
    const known = Math.floor(this.chance() * this.agents.length);
    const agent = this.agents[known];
    const drawn = this.chance() * 100;
    if (drawn < 20) return ['agents.get', (options) => client.agents.get(agent ?? caller, options)];
    if (drawn < 30) return ['agents.create', (options) => client.agents.create({ ...AGENT, workspaceId, name: marker }, options)];
    if (drawn < 42 && agent !== undefined) {
      const changed = { ...AGENT, workspaceId, name: 'renamed', goal: marker };
      return ['agents.update', (options) => client.agents.update(agent, changed, options)];
    }
    if (drawn < 58) return ['calls.start', (options) => client.calls.start(caller, { phoneNumber: '+15550001234', name: marker }, options)];
    if (drawn < 68 && this.calls.length > 0) {
      const call = this.calls.pop();
      return ['calls.hangUp', (options) => client.calls.hangUp(call, options)];
    }
    if (drawn < 80 && agent !== undefined) {
      this.agents.splice(known, 1);
      return ['agents.delete', (options) => client.agents.delete(agent, options)];
    }
    if (drawn < 86) {
      return ['customFields.create', (options) => client.customFields.create(caller, { name: marker, label: 'Label' }, options)];
    }
    if (drawn < 92) {
      const file = { name: marker, data: Buffer.from('a small file') };
      return ['knowledge.uploadOnly', (options) => client.knowledge.uploadOnly(caller, [file], options)];
    }
    return ['agents.list', (options) => client.agents.list(workspaceId, options)];
  }

  async work(marker) {
    const [operation, call] = this.choose(marker);
    // Some lose patience while a late answer is still on its way.
    const timeout = this.chance() < 0.1 ? 100 : 30_000;
    const told = { operation, marker, error: undefined };
    this.told.push(told);
    try {
      const answer = await call({ timeout, headers: { [MARKER]: marker } });
      if (operation === 'agents.create') this.agents.push(answer.id);
      if (operation === 'calls.start') this.calls.push(answer.id);
    } catch (error) {
      assert.ok(error instanceof callfluent.APIError, String(error));
      told.error = error;
    }
  }
}

/** The state is that of the requests that the journal reports as processed. */
async function checkState(client, worker, requests, journal) {
  const acted = (operation) =>
    worker.told
      .filter((told) => told.operation === operation)
      .flatMap(({ marker }) => (requests.get(marker) ?? []).filter((entry) => entry.processed).map(() => marker))
      .sort();
  const { data } = await client.request('GET', `/agent/get-one/${worker.caller}`);
  // The last update of each agent that was carried out holds, and an agent that nobody updated is
  // as it was made.
  const goals = new Map();
  const own = new Set(worker.told.filter(({ operation }) => operation === 'agents.update').map(({ marker }) => marker));
  for (const entry of journal) {
    const marker = entry.headers[MARKER];
    if (entry.processed && own.has(marker)) goals.set(entry.path.split('/').at(-1), marker);
  }
  const { data: calls } = await client.request('GET', `/agent/${worker.caller}/calls`, { query: { page: 1 } });
  const agents = await client.agents.list(worker.workspaceId);
  assert.equal(agents.length, 1 + acted('agents.create').length - acted('agents.delete').length);
  assert.deepEqual(calls.map((call) => call.custom_fields.name).sort(), acted('calls.start'));
  assert.equal(calls.filter((call) => call.status === 'completed').length, acted('calls.hangUp').length);
  assert.deepEqual(data.files.map((file) => file.name).sort(), acted('knowledge.uploadOnly'));
  assert.deepEqual(data.agent.custom_fields.map((field) => field.name).sort(), acted('customFields.create'));
  for (const agent of agents) {
    const goal = goals.get(String(agent.id));
    assert.equal(agent.goal, goal ?? AGENT.goal);
    assert.equal(agent.name === 'renamed', goal !== undefined);
  }
  return goals.size;
}

test('on a bad day nothing is done twice and nothing is lost', { timeout: length(60_000, 600_000) }, async (context) => {
  const limits = { workspaceLimit: 1_000, agentLimit: 1_000_000, journalLimit: 1_000_000, pageSize: 100_000, likelyFields: true };
  const sandbox = await Sandbox.start(limits);
  context.after(() => sandbox.close());
  const client = sandbox.client();
  const workers = [];
  for (let number = 0; number < AT_ONCE; number++) workers.push(await Worker.make(client, number));
  await sandbox.faults(0.2, 1);
  const started = performance.now();
  const run = async (worker, number) => {
    for (let count = number; count < OPERATIONS; count += AT_ONCE) await worker.work(`operation-${count}`);
  };
  await Promise.all(workers.map(run));
  const elapsed = performance.now() - started;
  await sandbox.faults(0);
  // What was given up may still be on its way through the server.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const journal = await sandbox.journal();
  const requests = Map.groupBy?.(journal, ({ headers }) => headers[MARKER]) ?? grouped(journal);
  const told = workers.flatMap((worker) => worker.told);
  assert.equal(told.length, OPERATIONS);
  let [failed, unknown, unknownAndDone] = [0, 0, 0];
  for (const one of told) {
    const acted = (requests.get(one.marker) ?? []).map((entry) => entry.processed);
    const done = acted.filter(Boolean).length;
    const about = `${one.operation} ${one.marker} [${acted}] ${one.error}`;
    if (ONCE.has(one.operation)) {
      assert.ok(done <= 1, `done ${done} times: ${about}`);
      assert.ok(done === 0 || acted.at(-1), `sent again after it was carried out: ${about}`);
    }
    assert.ok(acted.length <= 3, about);
    assert.ok(one.error || done > 0, `reported and never carried out: ${about}`);
    failed += one.error ? 1 : 0;
    if (one.error && !READS.has(one.operation)) {
      assert.ok(done === 0 || one.error.outcomeUnknown, `carried out, and the error does not say so: ${about}`);
      unknown += one.error.outcomeUnknown ? 1 : 0;
      unknownAndDone += one.error.outcomeUnknown && done > 0 ? 1 : 0;
    }
  }
  let updated = 0;
  for (const worker of workers) updated += await checkState(client, worker, requests, journal);
  assert.ok(updated > AT_ONCE, `${updated} agents were updated`);
  const struck = journal.filter((entry) => entry.scripted).length;
  assert.ok(struck > OPERATIONS / 6, `${struck}`);
  assert.ok(unknown > unknownAndDone && unknownAndDone > 0);
  figure(
    `load, Node: ${OPERATIONS} operations, ${AT_ONCE} at once, ${journal.length} requests, ${struck} struck by faults, ` +
      `${failed} failed, ${unknown} with unknown outcome of which ${unknownAndDone} were carried out; ${(elapsed / 1000).toFixed(1)} s`,
  );
});

/** Groups the journal by operation; old runtimes have no `Object.groupBy`. */
function grouped(journal) {
  const groups = new Map();
  for (const entry of journal) {
    const marker = entry.headers[MARKER];
    groups.set(marker, [...(groups.get(marker) ?? []), entry]);
  }
  return groups;
}
