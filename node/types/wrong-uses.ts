// Code that must not compile. A marked line without an error fails the check.
import { type Action, CallFluent } from 'callfluent';
import { Sandbox } from 'callfluent/sandbox';

const FIELDS = {
  workspaceId: 1, format: 'inbound', timezone: 'UTC+00:00', name: 'n', lang: 'en', voice: 'alloy', agentType: 'sales',
  background: 'b', goal: 'g', tone: 't', instructions: 'i',
} as const;

export async function wrong(client: CallFluent, sandbox: Sandbox): Promise<void> {
  // @ts-expect-error an option that there is not
  new CallFluent({ apikey: 'k' });
  // @ts-expect-error a timeout is a number of milliseconds
  new CallFluent({ timeout: '60s' });
  // @ts-expect-error hooks are functions
  new CallFluent({ hooks: { beforeAttempt: 5 } });
  // @ts-expect-error an attempt has no body
  new CallFluent({ hooks: { afterAttempt: ({ body }) => body } });
  // @ts-expect-error a raw response has the result in `value`
  void (await client.withRawResponse.agents.get(7)).agent;
  // @ts-expect-error the arguments of a method are checked for its curl command, too
  await client.asCurl.calls.start(7, { phone: '+1' });
  // @ts-expect-error an agent id is missing
  await client.agents.get();
  // @ts-expect-error required fields are missing
  await client.agents.create({ workspaceId: 1 });
  // @ts-expect-error a slip in a field's name
  await client.agents.patch(1, { welcomMsg: 'Hi' });
  // @ts-expect-error Python's way of writing a name
  await client.agents.patch(1, { welcome_msg: 'Hi' });
  // @ts-expect-error a value that the documentation does not list
  await client.agents.patch(1, { format: 'sideways' });
  // @ts-expect-error a line type that there is not
  await client.agents.patch(1, { blockedPhoneTypes: ['fax'] });
  // @ts-expect-error null takes nothing away
  await client.agents.patch(1, { tone: 'Warm', welcomeMsg: null });
  // @ts-expect-error null is not a value
  await client.agents.update(1, { ...FIELDS, welcomeMsg: null });
  // @ts-expect-error a misspelled field
  await client.agents.update(1, { ...FIELDS, welcomMsg: 'Hi' });
  // @ts-expect-error custom fields are an object
  await client.calls.start(1, { phoneNumber: '+1', customFields: 'Ada' });
  // @ts-expect-error a kind of agent that there is not
  await client.phoneNumbers.list(1, 'outbond');
  // @ts-expect-error a field of another kind
  await client.agents.patch(1, { answerCreativity: 'high' });
  // @ts-expect-error a field of another action
  await client.actions.create(1, { actionType: 'sms', name: 'n', instruction: 'i', content: 'c', subject: 's' });
  // @ts-expect-error an action without its content
  await client.actions.create(1, { actionType: 'sms', name: 'n', instruction: 'i' });
  // @ts-expect-error an unknown kind of action
  const action: Action = { actionType: 'fax', name: 'n' };
  // @ts-expect-error an undocumented field has the type unknown
  const tag: string = (await client.agents.get(1)).agent['crm_tag'];
  // @ts-expect-error anything may be null
  const total: number = (await client.agents.get(1)).totalCalls;
  // @ts-expect-error a signal is not a number
  await client.workspaces.list({ signal: 5 });
  // @ts-expect-error options come last, after named fields
  await client.agents.setCorsOrigins(1, ['https://a.com'], { timeout: 5 });
  // @ts-expect-error a file has a name
  await client.knowledge.upload(1, [{ data: 'x' }]);
  // @ts-expect-error the page of a list is a number
  await client.calls.list(1, { page: 'two' });
  // @ts-expect-error what a list gives has no further fields without looking
  const unchecked: number = (await client.calls.list(1)).items[0]?.['duration'];
  // @ts-expect-error a wrapped result has no fields of the agent
  void (await client.agents.get(7)).name;
  // @ts-expect-error a wrapped result has no fields of the agent
  void (await client.agents.patch(7, { tone: 'Warm' })).tone;
  // @ts-expect-error a wrapped result has no fields of the user
  void (await client.user.profile()).email;
  // @ts-expect-error a wrapped result is not an array
  void (await client.phoneNumbers.list(1, 'outbound')).length;
  // @ts-expect-error a misspelled field of an added agent
  await sandbox.addAgent({ formt: 'outbound' });
  // @ts-expect-error a misspelled field of an added call
  await sandbox.addCall(1, { durration: 5 });
  // @ts-expect-error a field that an agent does not have
  await Sandbox.start({ dropFields: ['nonsense'] });
  // @ts-expect-error a misspelled operation
  await sandbox.requests('agents.craete');
  // @ts-expect-error an argument that the operation does not have
  await sandbox.assertRequested('agents.get', { agentIdd: 1 });
  // @ts-expect-error an argument of another kind
  const count: number = (await sandbox.requests('agents.create'))[0]?.arguments.name;
  // @ts-expect-error the items of a read are IDs
  await client.agents.getMany({ 7: {} });
  // @ts-expect-error changes need the IDs of their agents
  await client.agents.patchMany([{ tone: 'Warm' }]);
  // @ts-expect-error a misspelled field of an item
  await client.agents.patchMany({ 7: { welcomMsg: 'Hi' } });
  // @ts-expect-error a misspelled field of an agent
  await client.agents.updateMany({ 7: { ...FIELDS, welcomMsg: 'Hi' } });
  // @ts-expect-error a phone call needs a number
  await client.calls.startMany(1, { a: { name: 'Ada' } });
  // @ts-expect-error a read has no journal
  await client.agents.getMany([7], { journal: 'calls.jsonl' });
  // @ts-expect-error a decision that there is not
  await client.calls.startMany(1, {}, { journal: 'j', resolve: { a: 'maybe' } });
  // @ts-expect-error a deleted agent has no value
  void (await client.agents.deleteMany([7]))[0]?.value.name;
  // @ts-expect-error a value may be missing
  void (await client.agents.getMany([7]))[0]?.value.agent;
  // @ts-expect-error a type of columns that there is not
  await client.calls.list(7).toColumns({ columns: { duration: 'float' } });
  // @ts-expect-error values of a column need its type
  const seconds: Float64Array = (await client.calls.list(7).toColumns())['duration']!.values;
  // @ts-expect-error a table needs the module
  await client.calls.list(7).toArrow();
  // @ts-expect-error another module
  await client.calls.list(7).toArrow({ Table: Array });
  // @ts-expect-error a format that there is not
  await client.calls.export('calls.xml', { agentIds: 1, format: 'xml' });
  // @ts-expect-error a mask that there is not
  await client.calls.export('calls.csv', { agentIds: 1, mask: ['names'] });
  // @ts-expect-error the options of an export name its agents
  await client.calls.export('calls.csv');
  // @ts-expect-error the length of a stream may be unknown
  await client.knowledge.upload(1, ['a'], { onProgress: ({ total }) => total.toFixed() });
  // @ts-expect-error a list of agents has one page
  await client.agents.list(1, { onProgress: () => undefined });
  void seconds;
  void [count, action, tag, total, unchecked];
}
