// What users write, as the compiler must take it.
import * as api from '@opentelemetry/api';
import {
  type Action, type Agent, type AgentDetails, AgentType, APIError, APIStatusError, type BulkItem, type Call, CallFluent,
  type Column, type Columns, type ExportResult, type Hooks, type Id, InvalidRequestError, KNOWN_VALUES, LineType,
  openTelemetry, type Page, type RawResponse, Timezone, toArrow, toColumns, Tone,
} from 'callfluent';
import * as arrow from 'apache-arrow';
import Default from 'callfluent';
import { Sandbox } from 'callfluent/sandbox';

export async function uses(signal: AbortSignal): Promise<void> {
  await using sandbox = await Sandbox.start({ demo: true });
  await using client = new CallFluent({ apiKey: 'k', timeout: 1000, maxRetries: 0, offline: true, logger: console });
  const other: CallFluent = sandbox.client().withOptions({ timeout: Infinity });
  const same: CallFluent = new Default();
  const numbers = await client.phoneNumbers.list(1, 'outbound');
  const free = numbers.free[0];
  const all: number = [...numbers].length;
  const agent: Agent = await client.agents.create({
    workspaceId: 1, format: 'outbound', timezone: 'UTC+00:00', name: 'n', lang: 'en', voice: 'alloy', agentType: 'sales',
    background: 'b', goal: 'g', tone: 't', instructions: 'i', phoneNumber: free?.number ?? undefined, blockedPhoneTypes: [1, 2],
    avatar: new Uint8Array([1]),
  }, { signal, timeout: 10, maxRetries: 1, headers: { a: 'b' }, extraBody: { crm: 1 } });
  const unknown: unknown = agent['crm_tag'];
  const id: Id = agent.id;
  const details = await client.agents.get(id);
  const total: number | null = details.totalCalls;
  const undocumented: unknown = (details as unknown as Record<string, unknown>)['crm_tag'];
  const page: Page<Call> = await client.calls.list(id, { page: 2 }, { signal });
  const next: Page<Call> | null = await page.nextPage();
  for await (const call of client.calls.list(7)) {
    const callId: Id = call.id;
    void callId;
  }
  for await (const call of client.calls.list<{ duration: number }>(7)) {
    const duration: number = call.duration;
    const callId: Id = call.id;
    void [duration, callId];
  }
  for await (const item of client.calls.startMany(7, { a: { phoneNumber: '+1', name: 'Ada' } }, { journal: 'j', signal })) {
    const callId: Id | undefined = item.value?.id;
    void [callId, item.outcomeUnknown, item.error?.message];
  }
  const many: BulkItem<AgentDetails>[] = await client.agents.getMany([1, '2', 3n], { maxConcurrency: 2, timeout: 5 });
  await client.agents.patchMany(new Map([[agent.id, { tone: 'Warm' }]]), { dryRun: true, onProgress: ({ total }) => void total });
  await client.agents.updateMany(new Map([[agent.id, agent]]), { resolve: { a: 'done' }, journal: new URL('file:///j') });
  await client.agents.createMany([{ ...details.agent, name: 'Copy' }]);
  const rows: Record<string, string>[] = [];
  await client.agents.createManyFromRows(new Map(rows.map((row) => [row['key'] ?? '', row])), { journal: 'agents.jsonl' });
  await client.agents.createManyFromRows(rows);
  const [history] = await client.calls.listMany<{ duration: number }>(new Set([agent.id]));
  const seconds: number | undefined = history?.value?.[0]?.duration;
  void [many, seconds];
  const columns: Columns = await client.calls.list(7, {}, { onProgress: ({ pages, items }) => void (pages + items) }).toColumns();
  const column: Column | undefined = columns['duration'];
  if (column?.type === 'float64') {
    const values: Float64Array = column.values;
    void values;
  } else if (column?.type === 'string') {
    const offsets: Int32Array = column.offsets;
    void offsets;
  }
  const table: arrow.Table = await client.agents.list(1).toArrow(arrow, { columns: { name: 'string' } });
  const again: arrow.Table = toArrow(arrow, toColumns(details.files, { type: 'KnowledgeFile' }));
  const result: ExportResult = await client.calls.export(new URL('file:///a.csv'), {
    agentIds: new Set([agent.id]), format: 'csv', since: 's', mask: 'transcripts', signal, onProgress: ({ calls }) => void calls,
  });
  void [table, again, result.calls];
  await client.knowledge.upload(1, ['a'], { onProgress: ({ sent, total }) => void (sent / (total ?? sent)) });
  const action: Action = { actionType: 'sms', name: 'n', instruction: 'i', content: 'c' };
  if (action.actionType === 'sms') {
    const content: string = action.content;
    void content;
  }
  await client.actions.create(agent.id, { actionType: 'webhook', name: 'n', webhookUrl: 'u', fields: [{ value: 'v', label: 'l' }] });
  await client.agents.patch(10n, { tone: 'Warm' });
  await client.agents.patch(10, { tone: Tone.Professional, agentType: AgentType.Lead, timezone: Timezone.UtcPlus0100 });
  await client.agents.patch(10, { blockedPhoneTypes: [LineType.Mobile, 3] });
  const labels: string[] = KNOWN_VALUES.Tone.map(({ label }) => label);
  const tone: Tone | null = agent.tone;
  await client.agents.update(agent.id, { ...agent, tone: 'Warm' }, { timeout: 10 });
  await client.agents.create({ ...details.agent, name: 'Copy' });
  const sent = await client.actions.create(agent.id, action);
  await client.actions.update(sent.id, { ...sent, content: 'New' });
  await client.calls.start('14', { phoneNumber: '+1', customFields: { timeout: 'x' } });
  await client.calls.start('14', { phoneNumber: '+1', email: 'a@example.com' });
  await client.customFields.update(1, 'd7d6946a', { name: 'n', label: 'l' });
  await client.agents.setCorsOrigins(1, ['https://a.com']);
  await client.agents.setCorsOrigins(1, ['https://a.com'], { enabled: true }, { timeout: 5 });
  await client.knowledge.upload(1, [
    'prices.pdf', new URL('file:///a.txt'), { name: 'a', data: Buffer.from('b') }, { name: 'b', data: new Blob(['c']).stream() },
    new File(['d'], 'd.txt'),
  ]);
  const hooks: Hooks = {
    async beforeAttempt({ headers, clientRequestId }) {
      headers['x-lead'] = clientRequestId ?? '';
    },
    afterAttempt: ({ status, duration }) => void [status?.toFixed(), duration.toFixed()],
  };
  const observed = new CallFluent({ hooks: [hooks, openTelemetry(api, { propagate: false }), { afterAttempt() {} }] });
  const raw: RawResponse<Agent> = await observed.withRawResponse.agents.create({ ...details.agent, name: 'Copy' });
  const rawPage: RawResponse<Page<Call>> = await observed.withRawResponse.calls.list(id, { page: 2 }, { requestId: 'a' });
  const rawRow: RawResponse<Agent> = await client.withRawResponse.agents.createFromRow({ name: 'n' });
  const rawAny: RawResponse<{ data: number }> = await client.withRawResponse.request('GET', '/x');
  const command: string = await client.asCurl.calls.start(id, { phoneNumber: '+1' });
  void [raw.value.id, rawPage.value.items, rawRow.attempts, rawAny.value.data, command];
  const answer: { data: number } = await client.request<{ data: number }>('GET', '/x', { query: { a: 1 } });
  try {
    await client.workspaces.list();
  } catch (error) {
    if (error instanceof APIStatusError) {
      const status: number = error.status;
      void status;
    } else if (error instanceof APIError) {
      const wait: number | undefined = error.retryAfter;
      const header: string | undefined = error.headers?.['retry-after'];
      void [wait, header, error.outcomeUnknown];
    } else if (error instanceof InvalidRequestError) {
      void error.fieldErrors.map(({ field, reason }) => `${field}: ${reason}`);
    }
  }
  const started = await client.calls.start(agent.id, { phoneNumber: '+1' });
  await sandbox.finish(started, { outcome: 'busy' });
  await sandbox.receiveCall(agent, { customFields: { name: 'Ada' } });
  await sandbox.addCall(String(agent.id), { status: 'no-answer' });
  await sandbox.addCall(7n);
  await sandbox.setPermission(agent.workspaceId, false);
  await sandbox.addAgent({ welcomeMsg: 'Hi', avatar: null });
  const [created] = await sandbox.requests('agents.create');
  const name: string | undefined = created?.arguments.name;
  const types: number[] | string | undefined = created?.arguments.blockedPhoneTypes;
  const [sms] = await sandbox.assertRequested('actions.create', { actionType: 'sms' }, { times: 1 });
  if (sms?.arguments.actionType === 'sms') {
    const content: string = sms.arguments.content;
    void content;
  }
  await sandbox.assertRequested('calls.start', { phoneNumber: '+1', company: 'Bakery' });
  await Sandbox.start({ dropFields: ['welcomeMsg'] });
  void [all, name, types];
  const drift: number | undefined = client.drift()[0]?.count;
  void [labels, tone, other, same, unknown, undocumented, total, next, answer, drift];
}
