// Nothing that a user passes is dropped, or sent under a misspelled name; nothing is sent in error.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { callfluent } from './support/package.mjs';
import { json, serve } from './support/server.mjs';

const { InvalidRequestError } = callfluent;

/** An agent as the server has it: with undocumented fields, and null for one that is not set. */
const AGENT = {
  id: 5, workspace_id: 1, format: 'inbound', timezone: 'UTC+00:00', name: 'a', lang: 'en', voice: 'alloy',
  agent_type: 'sales', background: 'b', goal: 'g', tone: 't', instructions: 'i', welcome_msg: null,
  avatar: 'https://example.com/a.png', crm_tag: 'vip', isVip: true, type: 'x', code: { back_off: [1, null] },
};
const ACTION = {
  id: 3, agentId: 5, actionType: 'sms', name: 'n', instruction: 'i', content: 'c', subject: null, priority: 2,
};

async function recorder(context, data = { id: 1 }) {
  const server = await serve((_, response) => json(response, { status: true, data }));
  context.after(server.close);
  return server;
}

/** Returns the invalid fields of a request, which must not be sent. */
async function rejected(server, request) {
  const before = server.recorded.length;
  const error = await request.then(
    (value) => assert.fail(`no error but ${JSON.stringify(value)}`),
    (reason) => reason,
  );
  assert.equal(error.constructor, InvalidRequestError, error.stack);
  assert.equal(server.recorded.length, before);
  return Object.fromEntries(error.fieldErrors.map(({ field, reason }) => [field, reason]));
}

function sent(server) {
  const body = JSON.parse(server.recorded.at(-1).body);
  return body.Payload ?? body.payload ?? body;
}

test('a misspelled name is rejected with the nearest one', async (context) => {
  const server = await recorder(context);
  const client = server.client();
  const fields = await rejected(server, client.agents.patch(5, { instrctions: 'Be kind.', welcomMsg: 'Hi', time_out: 3 }));
  assert.match(fields.instrctions, /did you mean instructions\?/);
  assert.match(fields.welcomMsg, /did you mean welcomeMsg\?/);
  assert.match(fields.time_out, /did you mean timeout\?/);
  const action = await rejected(server, client.actions.create(5, { actionType: 'sms', name: 'n', instruction: 'i', contents: 'c' }));
  assert.match(action.contents, /did you mean content\?/);
  assert.match(action.content, /required/);
});

test('an undocumented field goes through extraBody', async (context) => {
  const server = await recorder(context, [{ id: 1 }]);
  const client = server.client();
  const fields = await rejected(server, client.agents.patch(5, { crm_tag: 1 }));
  assert.match(fields.crm_tag, /pass undocumented fields in extraBody/);
  await client.workspaces.create('w', { extraBody: { crm_tag: 1 } });
  assert.equal(sent(server).crm_tag, 1);
});

test('null is rejected, undefined is omitted', async (context) => {
  const server = await recorder(context);
  const client = server.client();
  const fields = await rejected(server, client.agents.patch(5, { tone: 'Calm', welcomeMsg: null }));
  assert.deepEqual(Object.keys(fields), ['welcomeMsg']);
  assert.match(fields.welcomeMsg, /omit the field/);
  const call = await rejected(server, client.calls.start(5, { phoneNumber: '+15550001234', name: null }));
  assert.deepEqual(Object.keys(call), ['name']);
  const agent = await rejected(server, client.agents.update(5, { workspaceId: 1, tone: 't', agentType: null }));
  assert.match(agent.agentType, /must not be null/);
  assert.deepEqual(Object.keys(agent).filter((name) => /type/i.test(name)), ['agentType']);
  await client.calls.start(5, { phoneNumber: '+15550001234', name: undefined });
  assert.deepEqual(sent(server), { phone_number: '+15550001234' });
});

test('customFields can have any name', async (context) => {
  const server = await recorder(context);
  const client = server.client();
  const phoneNumber = '+15550001234';
  await client.calls.start(5, { phoneNumber, company: 'A', customFields: { name: 'Ada', timeout: 3, phoneNumbers: 2 } });
  assert.deepEqual(sent(server), { phone_number: phoneNumber, company: 'A', name: 'Ada', timeout: 3, phoneNumbers: 2 });
  const twice = await rejected(server, client.calls.start(5, { phoneNumber, my_name: 'A', customFields: { my_name: 'B' } }));
  assert.deepEqual(twice, { 'customFields.my_name': 'is given twice' });
  const option = await rejected(server, client.calls.start(5, { phoneNumber, timeOut: 3 }));
  assert.match(option.timeOut, /did you mean timeout\?/);
  assert.match((await rejected(server, client.calls.start(5, { phoneNumber, customFields: 'x' }))).customFields, /expected an object/);
});

test('names close to arguments are sent in customFields only', async (context) => {
  const server = await recorder(context);
  const client = server.client();
  const phoneNumber = '+15550001234';
  const close = { checkField: true, customfields: 1, agentid: 2, header: 'x', validate: 'y', timeout: 'noon' };
  const found = await rejected(server, client.calls.start(5, { phoneNumber, ...close }));
  assert.deepEqual(Object.keys(found).sort(), Object.keys(close).sort());
  assert.ok(Object.values(found).every((reason) => reason.includes('a custom field of this name in customFields')));
  assert.match(found.timeout, /^is an option of the request, which is passed in the argument after this one; /);
  assert.match(found.checkField, /did you mean checkFields\?/);
  await client.calls.start(5, { phoneNumber, customFields: close });
  assert.deepEqual(sent(server), { phone_number: phoneNumber, ...close });
});

test('an agent that was read goes back with changes', async (context) => {
  const server = await recorder(context, { agent: AGENT });
  const client = server.client();
  const { agent } = await client.agents.get(5);
  const { id: _, welcome_msg: __, workspace_id: workspaceId, ...others } = AGENT;
  const fields = { workspaceId, ...others };
  await client.agents.update(5, { ...agent, tone: 'x', name: 'new' });
  assert.deepEqual(sent(server), { ...fields, tone: 'x', name: 'new' });
  await client.agents.create({ ...agent, name: 'copy' }, { extraBody: { crm_tag: 'new' } });
  assert.deepEqual(sent(server), { ...fields, name: 'copy', crm_tag: 'new' });
  await client.agents.update(5, agent);
  assert.deepEqual(sent(server), fields);
  await client.agents.update(5, JSON.parse(JSON.stringify(agent)));
  assert.deepEqual(sent(server), fields);
});

test('a misspelled name in an agent that was read is rejected', async (context) => {
  const server = await recorder(context, { agent: AGENT });
  const client = server.client();
  const { agent } = await client.agents.get(5);
  const fields = await rejected(server, client.agents.update(5, { ...agent, tnoe: 'x' }));
  assert.deepEqual(Object.keys(fields), ['tnoe']);
  assert.match(fields.tnoe, /did you mean tone\?/);
  const missing = await rejected(server, client.agents.update(5, { ...agent, tone: null }));
  assert.match(missing.tone, /required/);
});

test('an action that was read goes back with changes', async (context) => {
  const server = await recorder(context, ACTION);
  const client = server.client();
  const action = await client.actions.delete(3);
  const fields = { actionType: 'sms', name: 'n', instruction: 'i', content: 'c', priority: 2 };
  await client.actions.update(3, action);
  assert.deepEqual(sent(server), fields);
  await client.actions.create(5, { ...action, content: 'new' });
  assert.deepEqual(sent(server).content, 'new');
  const other = await rejected(server, client.actions.update(3, { ...action, forwardNumber: '+15550001234' }));
  assert.deepEqual(Object.keys(other), ['forwardNumber']);
});
