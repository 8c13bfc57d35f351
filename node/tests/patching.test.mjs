// `agents.patch`: requests, dropped fields, and conflicts with concurrent changes.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { callfluent, Sandbox } from './support/package.mjs';
import { json, serve } from './support/server.mjs';

const AGENT = {
  id: 14, workspaceId: '1', format: 'inbound', timezone: 'UTC+00:00', name: 'Front desk', lang: 'en', voice: 'alloy',
  agent_type: 'support', background: 'b', goal: 'g', tone: 'Calm', instructions: 'i', blocked_phone_types: '1,2',
  welcome_msg_flag: 1, crm: 5, script: null,
};
const rejection = (promise) => promise.then((value) => assert.fail(`no error but ${JSON.stringify(value)}`), (error) => error);

/** A server whose reads answer with these agents in turn, the last of them from then on. */
async function set(context, ...states) {
  let reads = 0;
  const server = await serve((request, response) => {
    const agent = request.method === 'GET' ? states[Math.min(reads++, states.length - 1)] : states.at(-1);
    json(response, { data: request.method === 'GET' ? { agent, files: [], totalCalls: 0, averageDuration: 0 } : agent });
  });
  context.after(server.close);
  return server;
}

const updates = (server) => server.recorded.filter(({ method }) => method === 'PUT');

test('a patch reads, merges, sends, and reports dropped fields', async (context) => {
  const { crm: _, ...after } = { ...AGENT, name: 'Reception' };
  const server = await set(context, AGENT, AGENT, after);
  const changes = { name: 'Reception', tone: 'Lively', answerCreativity: 3 };
  const error = await rejection(server.client().agents.patch(14, changes));
  assert.equal(error.constructor, callfluent.DroppedFieldsError, error.stack);
  assert.match(error.message, /did not keep these fields as sent: [^;]*answerCreativity[^;]*; .*set allowDropped/);
  assert.equal(error.result.agent.name, 'Reception');
  assert.equal(error.result.dropped.length, 3);

  server.recorded.length = 0;
  const again = await set(context, AGENT, AGENT, after);
  const { agent, dropped } = await again.client().agents.patch(14, { ...changes, allowDropped: true });
  server.recorded.push(...again.recorded);
  assert.deepEqual(
    server.recorded.map(({ method, path }) => `${method} ${path}`),
    ['GET /api/agent/get-one/14', 'GET /api/agent/get-one/14', 'PUT /api/agent/update/14', 'GET /api/agent/get-one/14'],
  );
  const { id, crm, script, ...kept } = AGENT;
  assert.deepEqual(JSON.parse(updates(server)[0].body).Payload, {
    ...kept, workspaceId: 1, welcome_msg_flag: true, name: 'Reception', tone: 'Lively', answer_creativity: 3,
  });
  assert.equal(agent.name, 'Reception');
  assert.deepEqual(dropped.sort((one, other) => (one.field < other.field ? -1 : 1)), [
    { field: 'answerCreativity', sent: 3 },
    { field: 'crm', sent: 5 },
    { field: 'tone', sent: 'Lively', kept: 'Calm' },
  ]);
});

test('a patch clears fields, and names those that stay', async (context) => {
  const cleared = await set(context, { ...AGENT, welcome_msg: 'Hello' }, { ...AGENT, welcome_msg: 'Hello' }, AGENT);
  const { agent, dropped } = await cleared.client().agents.patch(14, { clear: ['welcomeMsg'] });
  assert.equal(agent.welcomeMsg, undefined);
  assert.deepEqual(dropped, []);
  assert.equal(JSON.parse(updates(cleared)[0].body).Payload.welcome_msg, '');

  const kept = await set(context, { ...AGENT, welcome_msg: 'Hello' });
  const error = await rejection(kept.client().agents.patch(14, { clear: ['welcomeMsg'] }));
  assert.equal(error.constructor, callfluent.DroppedFieldsError, error.stack);
  assert.match(error.message, /as sent: welcomeMsg;/);

  const refused = await rejection(kept.client().agents.patch(14, { clear: ['welcomMsg', 'tone'] }));
  assert.deepEqual(refused.fieldErrors.map(({ field }) => field), ['clear[0]', 'clear[1]']);
  assert.match(refused.message, /did you mean welcomeMsg\?/);
});

test('a patch changes only the lists that it names', async (context) => {
  const server = await set(context, AGENT);
  const { agent, dropped } = await server.client().agents.patch(14, { tone: 'Calm' });
  assert.equal(JSON.parse(updates(server)[0].body).Payload.blocked_phone_types, '1,2');
  assert.deepEqual(agent.blockedPhoneTypes, [1, 2]);
  assert.deepEqual(dropped, []);

  const changed = await set(context, AGENT, AGENT, { ...AGENT, blocked_phone_types: '3' });
  const patched = await changed.client().agents.patch(14, { blockedPhoneTypes: [3] });
  assert.equal(JSON.parse(updates(changed)[0].body).Payload.blocked_phone_types, '3');
  assert.deepEqual(patched.agent.blockedPhoneTypes, [3]);
  assert.deepEqual(patched.dropped, []);

  const refused = await set(context, AGENT);
  const { dropped: lists } = await refused.client().agents.patch(14, { blockedPhoneTypes: [3], allowDropped: true });
  assert.deepEqual(lists, [{ field: 'blockedPhoneTypes', sent: [3], kept: [1, 2] }]);
});

test('a patch begins again after a change by another client', async (context) => {
  const changed = { ...AGENT, tone: 'Lively' };
  const server = await set(context, AGENT, changed, changed, { ...changed, name: 'Reception' });
  const { dropped } = await server.client().agents.patch(14, { name: 'Reception' });
  assert.deepEqual(dropped, []);
  const { tone, name } = JSON.parse(updates(server)[0].body).Payload;
  assert.deepEqual({ tone, name }, { tone: 'Lively', name: 'Reception' });
});

test('concurrent patches of an agent by clones are all kept', async (context) => {
  const sandbox = await Sandbox.start();
  context.after(() => sandbox.close());
  const client = sandbox.client();
  const agent = await client.agents.create({
    workspaceId: 1, format: 'inbound', timezone: 'UTC+00:00', name: 'Front desk', lang: 'en', voice: 'alloy',
    agentType: 'support', background: 'b', goal: 'g', tone: 'Calm', instructions: 'i',
  });
  const changes = {
    name: 'n', lang: 'de', voice: 'echo', agentType: 'sales', background: 'B', goal: 'G', tone: 'T', instructions: 'I',
    welcomeMsg: 'W', answerLength: 30,
  };
  const patches = Object.entries(changes).map(([name, value]) =>
    client.withOptions({ timeout: 30_000 }).agents.patch(agent.id, { [name]: value }),
  );
  for (const { dropped } of await Promise.all(patches)) {
    assert.deepEqual(dropped, []);
  }
  const { agent: patched } = await client.agents.get(agent.id);
  assert.deepEqual(Object.fromEntries(Object.keys(changes).map((name) => [name, patched[name]])), changes);
});

test('a patch of an agent that keeps changing sends nothing', async (context) => {
  const states = ['a', 'b', 'c', 'd', 'e', 'f'].map((tone) => ({ ...AGENT, tone, agent_type: tone }));
  const server = await set(context, ...states);
  const error = await rejection(server.client().agents.patch(14, { name: 'Reception' }));
  assert.equal(error.constructor, callfluent.ConflictError, error.stack);
  assert.match(error.message, /agentType, tone|tone, agentType/);
  assert.match(error.message, /nothing was sent, so patch it again/);
  assert.equal(error.outcomeUnknown, false);
  assert.equal(updates(server).length, 0);
});

test('an empty or invalid patch is rejected before sending', async (context) => {
  const server = await set(context, AGENT);
  for (const changes of [{}, { tone: undefined }, { answerCreativity: 99 }, { name: 'half \ud800' }]) {
    const error = await rejection(server.client().agents.patch(14, changes));
    assert.equal(error.constructor, callfluent.InvalidRequestError, `${JSON.stringify(changes)}: ${error.stack}`);
  }
  assert.equal(server.recorded.length, 0);
});

test('a patch to null is refused rather than left out', async (context) => {
  const server = await set(context, AGENT);
  const error = await rejection(server.client().agents.patch(14, { name: 'Reception', welcomeMsg: null, crm: null }));
  assert.equal(error.constructor, callfluent.InvalidRequestError, error.stack);
  assert.deepEqual(error.fieldErrors.map(({ field }) => field), ['welcomeMsg', 'crm']);
  assert.match(error.message, /welcomeMsg: must not be null: omit the field to keep its value, or pass the new value/);
  assert.equal(server.recorded.length, 0);
});

test('a patch that cannot be read back reports the update', async (context) => {
  let reads = 0;
  const server = await serve((request, response) => {
    if (request.method === 'GET' && ++reads > 2) {
      json(response, { status: false, msg: 'no such agent' }, 404);
    } else {
      json(response, { data: request.method === 'GET' ? { agent: AGENT, files: [] } : AGENT });
    }
  });
  context.after(server.close);
  const error = await rejection(server.client().agents.patch(14, { name: 'Reception' }));
  assert.equal(error.constructor, callfluent.NotFoundError, error.stack);
  assert.match(error.message, /agent was updated, but reading it back failed/);
});
