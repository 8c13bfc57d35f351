// Agents from rows of strings, such as lines of a CSV file.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { callfluent, Sandbox } from './support/package.mjs';

const ROW = {
  '\uFEFFworkspace_id': '1', ' format ': 'Inbound', timezone: 'UTC+00:00', name: 'Sales', lang: 'en', voice: 'alloy',
  agentType: 'sales', background: 'A bakery.', goal: 'Take orders', tone: 'Friendly', instructions: 'Ask, then wait.',
  call_recording: 'yes', welcomeMsgDelay: '3', blocked_phone_types: '1, 2', script: '',
};

async function started(context) {
  const sandbox = await Sandbox.start();
  context.after(() => sandbox.close());
  return { sandbox, client: sandbox.client() };
}

test('the cells of a row are decoded', async (context) => {
  const { sandbox, client } = await started(context);
  const agent = await client.agents.createFromRow(ROW, { timeout: 30_000 });
  assert.deepEqual([agent.name, agent.callRecording, agent.instructions], ['Sales', true, 'Ask, then wait.']);
  const [{ arguments: sent }] = await sandbox.requests('agents.create');
  assert.deepEqual([sent.welcomeMsgDelay, sent.format, sent.blockedPhoneTypes], [3, 'inbound', [1, 2]]);
  assert.ok(!('script' in sent));
  await client.agents.createFromRow(new Map(Object.entries(ROW)));
});

test('every problem of a row is named', async (context) => {
  const { sandbox, client } = await started(context);
  const row = { ...ROW, call_recording: 'maybe', welcomeMsgDelay: 'soon', instrctions: 'x', name: ' ', ' format ': 'inbuond' };
  const error = await client.agents.createFromRow(row).then(assert.fail, (error) => error);
  assert.ok(error instanceof callfluent.InvalidRequestError, error);
  const found = Object.fromEntries(error.fieldErrors.map(({ field, reason }) => [field, reason]));
  assert.deepEqual(Object.keys(found).sort(), ['call_recording', 'format', 'instrctions', 'name', 'welcomeMsgDelay']);
  assert.match(found.call_recording, /yes or no/);
  assert.match(found.instrctions, /did you mean instructions\?/);
  assert.match(found.format, /expected one of outbound, inbound, got .*; did you mean inbound/);
  for (const value of [['a'], 'name', null]) {
    await assert.rejects(client.agents.createFromRow(value), /row: expected an object such as/);
  }
  assert.deepEqual(await sandbox.journal(), []);
});

test('many rows are decoded and recorded in a journal', async (context) => {
  const { sandbox, client } = await started(context);
  const folder = await mkdtemp(join(tmpdir(), 'callfluent-'));
  context.after(() => rm(folder, { recursive: true }));
  const journal = join(folder, 'agents.jsonl');
  const second = { ...ROW, name: 'Support', welcomeMsgDelay: null, script: undefined };
  const [created] = await client.agents.createManyFromRows({ a: ROW }, { journal });
  const both = await client.agents.createManyFromRows(new Map([['a', ROW], ['b', new Map(Object.entries(second))]]), { journal });
  assert.deepEqual(both.map(({ id, fromJournal, error }) => [id, fromJournal, error]), [['a', true, undefined], ['b', false, undefined]]);
  assert.deepEqual(both[0].value, created.value);
  const sent = (await sandbox.requests('agents.create')).map((request) => request.arguments);
  assert.deepEqual([sent[0].callRecording, sent[0].blockedPhoneTypes, sent[1].name], [true, [1, 2], 'Support']);
  assert.ok(!('welcomeMsgDelay' in sent[1]));
  const [{ id }] = await client.agents.createManyFromRows([ROW]);
  assert.equal(id, 0);
});

test('every problem of many rows is named', async (context) => {
  const { sandbox, client } = await started(context);
  const bad = { ...ROW, call_recording: 'maybe', instrctions: 'x', ' format ': 'inbuond', id: '7' };
  const error = await client.agents.createManyFromRows({ good: ROW, bad }).then(assert.fail, (error) => error);
  assert.ok(error instanceof callfluent.InvalidRequestError, error);
  const fields = error.fieldErrors.map(({ field }) => field).sort();
  assert.match(error.message, /^agents\.createManyFromRows: /);
  assert.match(error.message, /expected one of outbound, inbound, got "inbuond"; did you mean inbound\?/);
  await assert.rejects(client.agents.createFromRow(bad), /^InvalidRequestError: agents\.createFromRow: /);
  assert.deepEqual(fields, ['call_recording', 'format', 'id', 'instrctions'].map((name) => `rows[bad].${name}`));
  await assert.rejects(client.agents.createManyFromRows([['a']]), /rows\[0\]: expected an object such as/);
  await assert.rejects(client.agents.createManyFromRows([ROW], { journal: 'a.jsonl' }), /journal: needs IDs of your own: pass rows by ID/);
  assert.deepEqual(await sandbox.journal(), []);
});

test('a phone number that is a number is rejected', async (context) => {
  const { sandbox, client } = await started(context);
  const lost = /phoneNumber: expected .*, got 15550001234; a number has lost the plus and the leading zeros/;
  const phoneNumber = 15_550_001_234;
  await assert.rejects(client.agents.createFromRow({ ...ROW, phoneNumber }), lost);
  await assert.rejects(client.calls.start(1002, { phoneNumber }), lost);
  await assert.rejects(client.calls.startMany(1002, { lead: { phoneNumber } }), /calls\[lead\]\.phoneNumber: .*lost the plus/);
  assert.deepEqual(await sandbox.journal(), []);
});
