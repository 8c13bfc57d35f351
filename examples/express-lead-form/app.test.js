// Tests of the lead form. The sandbox is the CallFluent API; nothing leaves this machine.
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import axios from 'axios';
import { Sandbox, useSandbox } from 'callfluent/sandbox';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { createApp } from './app.js';

const NUMBER = '+14155550123';
const sandbox = useSandbox({ beforeEach, afterEach });
let agent;
let server;
let site;

beforeEach(async () => {
  agent = await sandbox().addAgent({ name: 'Sales', format: 'outbound' });
  process.env.AGENT_ID = String(agent.id);
  process.env.WEBHOOK_SECRET = 's3cret';
  await serve();
});

/** Runs the application on a free port: the webhook needs a real address. */
async function serve() {
  server?.close();
  server = createApp().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const baseURL = `http://127.0.0.1:${server.address().port}`;
  site = axios.create({ baseURL, proxy: false, validateStatus: () => true });
}

afterEach(() => server.close());

const submit = (phoneNumber) => site.post('/leads', new URLSearchParams({ name: 'Ada', phoneNumber }));

const addWebhook = ({ id }) => sandbox().client().actions.create(id, {
  actionType: 'webhook',
  name: 'Send the call',
  webhookUrl: `${site.defaults.baseURL}/webhooks/s3cret`,
  fields: ['name', 'phone_number', 'transcription'].map((name) => ({ value: name, label: name })),
});

test('a lead is called, and the result arrives', async () => {
  await addWebhook(agent);
  expect(await submit('+1 (415) 555-0123')).toMatchObject({ status: 202, data: { state: 'calling' } });
  await sandbox().assertRequested('calls.start', { phoneNumber: NUMBER, name: 'Ada' });
  const { items: [call] } = await sandbox().client().calls.list(agent.id, { page: 1 });
  await sandbox().finish(call, { transcript: 'Agent: Hello Ada.' });
  const { data } = await site.get(`/leads/${NUMBER}`);
  expect(data).toEqual({ name: 'Ada', phoneNumber: NUMBER, transcription: 'Agent: Hello Ada.' });
});

test('a webhook without the secret is rejected', async () => {
  expect((await site.post('/webhooks/guess', { phone_number: NUMBER })).status).toBe(401);
});

test('an invalid number is reported and not called', async () => {
  const { status, data } = await submit('555-0123');
  expect(status).toBe(422);
  expect(data.error).toContain('phoneNumber');
  await sandbox().assertRequested('calls.start', {}, { times: 0 });
});

test('a lost response never causes a second call', async () => {
  await sandbox().respond({ operation: 'calls.start', disconnect: 'reset', processFirst: true });
  expect((await submit(NUMBER)).data).toEqual({ state: 'unknown' });
  await sandbox().assertRequested('calls.start', {}, { times: 1 });
});

test('an outage is reported', async () => {
  await sandbox().setKeyRevoked();
  expect((await submit(NUMBER)).status).toBe(503);
});

test('an error of the API is an error of this server', async () => {
  await sandbox().client().agents.delete(agent.id);
  expect((await site.get(`/agents/${agent.id}`)).status).toBe(500);
});

test('nobody picks up', async () => {
  await addWebhook(agent);
  await sandbox().scriptCall({ phoneNumber: NUMBER, outcome: 'no_answer' });
  await submit(NUMBER);
  await sandbox().advance(30); // seconds
  expect(await sandbox().webhooks()).toEqual([]);
  expect((await site.get(`/leads/${NUMBER}`)).status).toBe(404);
});

test('the result of an inbound call arrives', async () => {
  const reception = await sandbox().addAgent({ name: 'Reception' });
  await addWebhook(reception);
  const call = await sandbox().receiveCall(reception, { phoneNumber: NUMBER, customFields: { name: 'Ada' } });
  await sandbox().finish(call, { transcript: 'Caller: Hello.' });
  expect((await site.get(`/leads/${NUMBER}`)).data.transcription).toBe('Caller: Hello.');
});

test('earlier calls are counted', async () => {
  const before = await sandbox().snapshot();
  await sandbox().addCall(agent);
  await sandbox().addCall(agent, { outcome: 'busy', status: 'busy' });
  expect((await site.get(`/agents/${agent.id}`)).data).toEqual({ name: 'Sales', calls: 2 });
  await sandbox().restore(before);
  expect((await site.get(`/agents/${agent.id}`)).data).toEqual({ name: 'Sales', calls: 0 });
});

test('a short rate limit goes unnoticed', async () => {
  await sandbox().respond({ operation: 'agents.get', status: 429, retryAfter: 0, times: 1 });
  expect((await site.get(`/agents/${agent.id}`)).status).toBe(200);
  await sandbox().assertRequested('agents.get', { agentId: agent.id }, { times: 2 });
});

test('random faults go unnoticed', async () => {
  await sandbox().respond({ operation: 'agents.get', disconnect: 'inBody', probability: 0.4, seed: 7 });
  for (let request = 0; request < 5; request += 1) {
    expect((await site.get(`/agents/${agent.id}`)).status).toBe(200);
  }
  expect((await sandbox().requests('agents.get')).length).toBeGreaterThan(5);
});

test('a missing permission is an error of this server', async () => {
  await sandbox().setPermission(1, false);
  expect((await site.get(`/agents/${agent.id}`)).status).toBe(500);
});

test('a recorded account is replayed', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'lead-form-')), 'calls.jsonl');
  const target = sandbox().baseUrl; // in place of the real API
  const recorder = await Sandbox.start({ record: file, target, apiKey: sandbox().apiKey });
  await recorder.client().calls.start(agent.id, { phoneNumber: NUMBER, name: 'Ada' });
  await recorder.client().agents.get(agent.id);
  await recorder.close();
  expect(readFileSync(file, 'utf8')).not.toContain(NUMBER);
  const replay = await Sandbox.start({ replay: file });
  process.env.CALLFLUENT_BASE_URL = replay.baseUrl;
  await serve();
  expect((await submit(NUMBER)).status).toBe(202);
  expect((await site.get(`/agents/${agent.id}`)).data).toEqual({ name: 'Sales', calls: 1 });
  await replay.close();
});

test('axios uses the sandbox without this package', async () => {
  const headers = { authorization: `Bearer ${process.env.CALLFLUENT_API_KEY}` };
  const url = `${process.env.CALLFLUENT_BASE_URL}/call-api/make-call/${agent.id}`;
  const { data } = await axios.post(url, { phone_number: NUMBER }, { headers, proxy: false });
  expect(data.data.status).toBe('ringing');
});
