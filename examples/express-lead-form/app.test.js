// Tests of the lead form. The sandbox is the CallFluent API; nothing leaves this machine.
import { once } from 'node:events';

import axios from 'axios';
import { useSandbox } from 'callfluent/sandbox';
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
  server = createApp().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const baseURL = `http://127.0.0.1:${server.address().port}`;
  site = axios.create({ baseURL, proxy: false, validateStatus: () => true });
});

afterEach(() => server.close());

const submit = (phoneNumber) => site.post('/leads', new URLSearchParams({ name: 'Ada', phoneNumber }));

test('a lead is called, and the result arrives', async () => {
  await sandbox().client().actions.create(agent.id, {
    actionType: 'webhook',
    name: 'Send the call',
    webhookUrl: `${site.defaults.baseURL}/webhooks/s3cret`,
    fields: ['name', 'phone_number', 'transcription'].map((name) => ({ value: name, label: name })),
  });
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

test('axios uses the sandbox without this package', async () => {
  const headers = { authorization: `Bearer ${process.env.CALLFLUENT_API_KEY}` };
  const url = `${process.env.CALLFLUENT_BASE_URL}/call-api/make-call/${agent.id}`;
  const { data } = await axios.post(url, { phone_number: NUMBER }, { headers, proxy: false });
  expect(data.data.status).toBe('ringing');
});
