// The tour with openapi-fetch and the types in `api.ts`, which openapi-typescript generates.
import assert from 'node:assert/strict';

import createClient from 'openapi-fetch';

import type { paths } from './api.js';

const client = createClient<paths>({
  baseUrl: process.env['CALLFLUENT_BASE_URL'] ?? '',
  headers: { Authorization: `Bearer ${process.env['CALLFLUENT_API_KEY'] ?? ''}` },
});

const workspaces = await client.GET('/workspace/get-all');
assert.equal(workspaces.response.status, 200);

const created = await client.POST('/agent/create', {
  body: {
    workspaceId: 1, format: 'inbound', timezone: 'UTC+00:00', name: 'Reception', lang: 'en', voice: 'alloy',
    agent_type: 'support', background: 'b', goal: 'g', tone: 'a Professional', instructions: 'i',
  },
});
assert.equal(created.data?.data.name, 'Reception');
const agentId = Number(created.data.data.id);

const details = await client.GET('/agent/get-one/{agentId}', { params: { path: { agentId } } });
assert.equal(details.data?.data.agent.name, 'Reception');

const calls = await client.GET('/agent/{agentId}/calls', { params: { path: { agentId: 1001 }, query: { page: 1 } } });
assert.equal(calls.data?.data.length, 20);

const missing = await client.GET('/agent/get-one/{agentId}', { params: { path: { agentId: 999 } } });
assert.equal(missing.response.status, 404);

const removed = await client.DELETE('/agent/delete/{agentId}', { params: { path: { agentId } } });
assert.equal(removed.response.status, 200);
console.log('openapi-fetch passed');
