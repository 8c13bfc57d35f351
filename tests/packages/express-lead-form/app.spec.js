import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CallFluent } from 'callfluent';
import { Sandbox } from 'callfluent/sandbox';
import { createApp } from './app.js';

let sandbox, server, agent;

beforeAll(async () => {
  sandbox = await Sandbox.start({ demo: true });
  const client = sandbox.client();
  agent = (await client.agents.list(1)).find(({ format }) => format === 'outbound');
  server = createApp(client).listen(0);
});
afterAll(async () => {
  server.close();
  await sandbox.close();
});
beforeEach(() => sandbox.reset());

function submit(fields) {
  const url = `http://127.0.0.1:${server.address().port}/leads`;
  return fetch(url, { method: 'POST', body: new URLSearchParams({ agent: agent.id, ...fields }) });
}

test('a filled in form starts a call with its fields', async () => {
  const response = await submit({ phone: '+1 (555) 000-1234', name: 'Ada' });
  expect(response.status).toBe(201);
  const entry = (await sandbox.journal()).find(({ operation }) => operation === 'calls.start');
  expect(JSON.stringify(entry.body)).toContain('+15550001234');
  expect(JSON.stringify(entry.body)).toContain('Ada');
});

test('an invalid phone number is reported, and nobody is called', async () => {
  const response = await submit({ phone: '555', name: 'Ada' });
  expect(response.status).toBe(422);
  expect((await response.json()).errors[0].field).toBe('phoneNumber');
  expect(await sandbox.journal()).toEqual([]);
});

test('the API is out of reach of tests', async () => {
  const client = new CallFluent({ apiKey: 'live', baseUrl: 'https://api.callfluent.ai/api' });
  await expect(client.workspaces.list()).rejects.toThrow(/offline mode/);
});
