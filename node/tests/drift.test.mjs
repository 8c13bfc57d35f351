// Answers that differ from the documentation: they are read without loss, counted with their paths,
// reported once to a logger, and errors if the client is strict.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { callfluent } from './support/package.mjs';
import { json, serve, until } from './support/server.mjs';

/** An agent without its type, of an unknown format, with a field that nobody knows. */
const ODD = {
  id: 1, workspaceId: 1, format: 'sideways', timezone: 'UTC+00:00', name: 'n', lang: 'en', voice: 'alloy', background: 'b',
  goal: 'g', tone: 't', instructions: 'i', crm_tag: 'x',
};
const DIFFERENCES = [
  { path: 'Agent.agentType', kind: 'missing field', value: null },
  { path: 'Agent.crm_tag', kind: 'unknown field', value: null },
  { path: 'Agent.format', kind: 'unknown value', value: 'sideways' },
];
const rejection = (promise) => promise.then((value) => assert.fail(`no error but ${JSON.stringify(value)}`), (error) => error);

async function set(context, agent = ODD) {
  const server = await serve((_, response) => json(response, { data: [agent, agent] }));
  context.after(server.close);
  return server;
}

test('missing and unknown fields and values are counted with paths', async (context) => {
  const server = await set(context);
  const client = server.client();
  const [agent] = await client.agents.list(1);
  assert.equal(agent.format, 'sideways');
  assert.ok(!('agentType' in agent));
  assert.equal(agent.crm_tag, 'x');
  assert.deepEqual(client.drift(), DIFFERENCES.map((seen) => ({ ...seen, count: 2 })));
  await client.agents.list(1);
  assert.deepEqual(client.drift(), DIFFERENCES.map((seen) => ({ ...seen, count: 4 })));
  // Another client has seen nothing; one that was made from this one has seen the same.
  assert.deepEqual(server.client().drift(), []);
  assert.deepEqual(client.withOptions({ maxRetries: 0 }).drift(), client.drift());
});

test('list items that are not records are omitted and counted', async (context) => {
  const { crm_tag: _, ...agent } = { ...ODD, format: 'inbound', agent_type: 'sales' };
  const server = await serve((_, response) => json(response, { data: [agent, 7, null, 'text', [], { ...agent, id: 2 }] }));
  context.after(server.close);
  const client = server.client();
  assert.deepEqual((await client.agents.list(1)).map(({ id }) => id), [1, 2]);
  assert.equal(client.drift().reduce((count, seen) => count + seen.count, 0), 4, JSON.stringify(client.drift()));
  assert.ok(client.drift().every(({ kind }) => kind === 'invalid value'), JSON.stringify(client.drift()));
});

test('a logger gets each difference once, with the path of drift', async (context) => {
  const server = await set(context);
  const told = [];
  const client = server.client({ logger: { warn: (message, record) => told.push({ message, record }) } });
  for (let round = 0; round < 3; round++) await client.agents.list(1);
  await until(() => told.length >= DIFFERENCES.length);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(
    told.map(({ record: { path, kind } }) => ({ path, kind })).sort((one, other) => (one.path < other.path ? -1 : 1)),
    client.drift().map(({ path, kind }) => ({ path, kind })),
  );
  assert.match(told[0].message, /^callfluent: response differs from the API documentation/);
});

test('strict makes each difference an error with its path', async (context) => {
  const { crm_tag: _, ...known } = { ...ODD, format: 'inbound', agent_type: 'sales' };
  const { agent_type: __, ...missing } = known;
  for (const [agent, said] of [
    [missing, /agentType.*missing field/],
    [{ ...known, format: 'sideways' }, /format.*unknown value.*sideways/],
    [{ ...known, crm_tag: 'x' }, /crm_tag.*unknown field/],
  ]) {
    const server = await set(context, agent);
    const error = await rejection(server.client({ strict: true }).agents.list(1));
    assert.equal(error.constructor, callfluent.APIResponseError, error.stack);
    assert.match(error.message, said);
    assert.equal((await server.client().agents.list(1)).length, 2);
  }
  const server = await set(context, known);
  assert.equal((await server.client({ strict: true }).agents.list(1)).length, 2);
});
