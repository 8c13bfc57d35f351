// The sandbox posts to each receiver after a call, over real sockets.
import { once } from 'node:events';
import { createServer } from 'node:http';

import { getRequestListener } from '@hono/node-server';
import { generateSecret } from 'callfluent/webhooks';
import { useSandbox } from 'callfluent/sandbox';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { app as express } from './express.js';
import { app as fastify } from './fastify.js';
import { app as hono } from './hono.js';

const sandbox = useSandbox({ beforeEach, afterEach });
const closing = [];
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

async function listen(handler) {
  const server = createServer(handler).listen(0, '127.0.0.1');
  closing.push(() => server.closeAllConnections() ?? server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${server.address().port}`;
}

const receivers = {
  Express: () => listen(express),
  Fastify: async () => {
    closing.push(() => fastify.close());
    return fastify.listen({ port: 0, host: '127.0.0.1' });
  },
  Hono: () => listen(getRequestListener(hono.fetch)),
};

test.each(Object.keys(receivers))('the sandbox posts to %s', async (framework) => {
  const secret = generateSecret();
  vi.stubEnv('CALLFLUENT_WEBHOOK_SECRET', secret);
  const log = vi.spyOn(console, 'log').mockReturnValue();
  const site = await receivers[framework]();
  const url = `${site}/callfluent/${secret}`;

  const agent = await sandbox().addAgent();
  const fields = ['phone_number', 'customer', 'transcription'].map((name) => ({ value: name, label: name }));
  await sandbox().client().actions.create(agent.id, { actionType: 'webhook', name: 'hook', webhookUrl: url, fields });
  const call = await sandbox().receiveCall(agent, { phoneNumber: '+442079460958', customFields: { customer: 'Ada' } });
  await sandbox().finish(call, { transcript: 'Agent: Hello.' });
  expect(await sandbox().webhooks()).toMatchObject([{ url, status: 200 }]);
  expect(log).toHaveBeenCalledWith('+442079460958', 'Ada', 'Agent: Hello.');

  const post = (path, body) =>
    fetch(`${site}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  expect((await post(`/callfluent/${secret}`, '[]')).status).toBe(400);
  expect((await post(`/callfluent/${secret}`, '{"name": ')).status).toBe(400);
  expect((await post('/callfluent/wrong', '{}')).status).toBe(401);
  expect(log).toHaveBeenCalledTimes(1);
  log.mockRestore();
  vi.unstubAllEnvs();
});
