// A name that a function does not know is an error with the nearest name, or with the place that
// the name belongs to. Nothing that a user passes vanishes.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as api from '@opentelemetry/api';

import { callfluent, CallFluent, Sandbox } from './support/package.mjs';
import { json, serve } from './support/server.mjs';

const { InvalidRequestError, openTelemetry, RateLimitError, toColumns } = callfluent;
const PLACE = 'is an option of the request, which is passed in the argument after this one';
const BEFORE = 'is an argument, not an option; pass it before the options';
const OF_CLIENT = 'is an option of the client; pass it to new CallFluent';
const ACTION = { actionType: 'sms', name: 'n', instruction: 'i', content: 'c' };

async function started(context) {
  const server = await serve((_, response) => json(response, { status: true, data: [] }));
  context.after(server.close);
  const sandbox = await Sandbox.start({ demo: true });
  context.after(() => sandbox.close());
  return { server, sandbox, client: server.client() };
}

/** Returns the error of a use, which sends nothing. */
async function refusal(server, use) {
  const before = server.recorded.length;
  const error = await (async () => await use())().then(() => assert.fail('no error'), (reason) => reason);
  assert.equal(server.recorded.length, before);
  return error;
}

const AMONG_ARGUMENTS = {
  'calls.list': (client, option) => client.calls.list(7, option),
  'calls.list as a table': (client, option) => client.calls.list(7, option).toColumns(),
  'agents.create': (client, option) => client.agents.create(option),
  'agents.patch': (client, option) => client.agents.patch(7, option),
  'agents.setCorsOrigins': (client, option) => client.agents.setCorsOrigins(7, [], option),
  'agents.createFromRow': (client, option) => client.agents.createFromRow(option),
  'agents.createMany': (client, option) => client.agents.createMany({ a: option }),
  'actions.create': (client, option) => client.actions.create(7, { ...ACTION, ...option }),
  'calls.start': (client, option) => client.calls.start(7, { phoneNumber: '+15551234567', ...option }),
  'customFields.create': (client, option) => client.customFields.create(7, option),
  'user.resetPassword': (client, option) => client.user.resetPassword(option),
};

for (const [name, use] of Object.entries(AMONG_ARGUMENTS)) {
  test(`${name} names the place of an option`, async (context) => {
    const { server, client } = await started(context);
    for (const [option, value] of [['timeout', 5], ['maxRetries', 2], ['requestId', 'x'], ['headers', 'x'], ['queueTimeout', 5]]) {
      const { constructor, fieldErrors } = await refusal(server, () => use(client, { [option]: value }));
      assert.equal(constructor, InvalidRequestError);
      const found = fieldErrors.find(({ field }) => field === option || field.endsWith(`.${option}`));
      assert.ok(found?.reason.startsWith(PLACE), JSON.stringify(fieldErrors));
    }
    const { message } = await refusal(server, () => use(client, { baseUrl: 'x' }));
    assert.match(message, /baseUrl is an option of the client, not of a request/);
  });
}

test('a misspelled option among the arguments gets its place', async (context) => {
  const { server, client } = await started(context);
  const { message } = await refusal(server, () => client.calls.list(7, { time_out: 5, pge: 2 }));
  assert.match(message, /time_out: is not an argument; did you mean timeout\? \(an option of the request, which is passed in the argument after/);
  assert.match(message, /pge: is not an argument; did you mean page\?/);
  const callback = await refusal(server, () => client.calls.list(7, { onProgress() {} }));
  assert.match(callback.message, /onProgress: is an option, which is passed in the argument after this one/);
  const content = await refusal(server, () => client.request('GET', '/agent/get-one/7', { timeout: 5 }));
  assert.match(content.message, /timeout: is an option, which is passed in the argument after this one/);
});

test('an argument among the options gets its place', async (context) => {
  const { server, client } = await started(context);
  for (const [use, expected] of [
    [() => client.calls.list(7, {}, { page: 2 }), `page: ${BEFORE}`],
    [() => client.agents.get(7, { agentId: 7 }), `agentId: ${BEFORE}`],
    [() => client.agents.patch(7, {}, { tone: 'Warm' }), `tone: ${BEFORE}`],
    [() => client.actions.create(7, ACTION, { content: 'c' }), `content: ${BEFORE}`],
    [() => client.calls.startMany(7, {}, { phoneNumber: 'x' }), `phoneNumber: ${BEFORE}`],
    [() => client.agents.getMany([], { agentIds: [] }), `agentIds: ${BEFORE}`],
    [() => client.calls.wait(7, 8, { callId: 8 }), `callId: ${BEFORE}`],
    [() => client.knowledge.uploadOnly(7, [], { files: [] }), `files: ${BEFORE}`],
    [() => client.workspaces.list({ baseUrl: 'x' }), `baseUrl: ${OF_CLIENT}`],
    [() => client.calls.wait(7, 8, { maxRetries: 8 }), `maxRetries: ${OF_CLIENT}`],
    [() => client.withOptions({ apiKey: 'x' }), `apiKey: ${OF_CLIENT}`],
    [() => new CallFluent({ apiKey: 'k', requestId: 'x' }), 'requestId: is an option of a request; pass it in the last argument of its method'],
  ]) {
    const { message } = await refusal(server, use);
    assert.ok(message.endsWith(expected), message);
  }
});

const MISSPELLED = {
  'toColumns of a list': [({ client }) => client.calls.list(7).toColumns({ colums: {} }), 'colums: unknown option; did you mean columns?'],
  'toArrow of a list': [({ client }) => client.calls.list(7).toArrow({}, { colums: {} }), 'colums: unknown option; did you mean columns?'],
  'toColumns of agents': [({ sandbox }) => sandbox.client().agents.list(1).toColumns({ type: 'Call' }), 'type: unknown option; known: columns'],
  'toColumns of records': [() => toColumns([{ id: 1 }], { typ: 'Agent' }), 'typ: unknown option; did you mean type?'],
  'the type of records': [() => toColumns([{ id: 1 }], { type: 'Agnt' }), 'type: unknown type of records; did you mean Agent?'],
  'a record that is a promise': [() => toColumns([Promise.resolve({})]), 'records: expected objects, got a promise; await it first'],
  'a scripted response': [({ sandbox }) => sandbox.respond({ retry_after: 3 }), 'retry_after: unknown option; did you mean retryAfter?'],
  'a promise of a scripted response': [({ sandbox }) => sandbox.respond(Promise.resolve({})), 'got a promise; await it first'],
  'a promise of an agent': [({ sandbox }) => sandbox.addAgent(Promise.resolve({})), 'got a promise; await it first'],
  'an assertion': [({ sandbox }) => sandbox.assertRequested('workspaces.list', {}, { operation: 'agents.list' }), 'operation: unknown option; known: times'],
  'an expected promise': [({ sandbox }) => sandbox.assertRequested('workspaces.list', Promise.resolve({})), 'got a promise; await it first'],
  'the agent of a call': [({ sandbox }) => sandbox.addCall(1001, { agentId: 1002 }), 'agentId: is given twice, also as agent'],
  'a client of a sandbox': [({ sandbox }) => sandbox.client({ apiKey: 'x' }), 'apiKey: is that of the sandbox; pass another one to new CallFluent'],
  'the limits of a sandbox': [({ sandbox }) => sandbox.setLimits({ agent: 3 }), 'agent: unknown field; did you mean `agents`?'],
  'OpenTelemetry': [() => openTelemetry(api, { propagte: false }), 'propagte: unknown option; did you mean propagate?'],
  'a hook': [() => new CallFluent({ apiKey: 'k', hooks: { beforeAttempt() {}, afterAtempt() {} } }), 'hooks: afterAtempt: unknown hook; did you mean afterAttempt?'],
  'a file': [({ client }) => client.knowledge.uploadOnly(7, [{ name: 'a', data: 'a', content_type: 'x' }]), 'files[0]: content_type: unknown field; did you mean contentType?'],
  'the details of an error': [() => new RateLimitError('slow', { retry_after: 3 }), 'retry_after: unknown option; did you mean retryAfter?'],
  'a watch': [({ client }) => client.calls.watch(7, { includeExistng: true }), 'includeExistng: unknown option; did you mean includeExisting?'],
  'an export': [({ client }) => client.calls.export('calls.jsonl', { agentId: 7 }), 'agentId: unknown option; did you mean agentIds?'],
};

for (const [name, [use, expected]] of Object.entries(MISSPELLED)) {
  test(`no name vanishes in ${name}`, async (context) => {
    const subjects = await started(context);
    const { message } = await refusal(subjects.server, () => use(subjects));
    assert.ok(message.endsWith(expected), message);
  });
}
