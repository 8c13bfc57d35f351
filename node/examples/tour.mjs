// Creates an agent with a free phone number, starts a phone call, reads the call history, and
// deletes the agent. Reads CALLFLUENT_API_KEY and, if it is set, CALLFLUENT_BASE_URL.
import { CallFluent, LimitReachedError } from 'callfluent';

const client = new CallFluent();

const [workspace] = await client.workspaces.list();
if (workspace === undefined) {
  throw new Error('the account has no workspace');
}
console.log(`workspace ${workspace.id}: ${workspace.name}`);

const { numbers, inUse } = await client.phoneNumbers.list(workspace.id, 'outbound');
const free = numbers.find(({ number }) => number !== null && !(number in inUse));
console.log(`${numbers.length} numbers, ${Object.keys(inUse).length} in use; free: ${free?.number ?? 'none'}`);

try {
  const agent = await client.agents.create({
    workspaceId: workspace.id,
    format: free ? 'outbound' : 'inbound',
    timezone: 'UTC+00:00',
    name: 'Sales assistant',
    lang: 'en',
    voice: 'alloy',
    agentType: 'sales',
    background: 'You work for a bakery.',
    goal: 'Take orders',
    tone: 'Friendly',
    instructions: 'Ask what they need and when.',
    phoneNumber: free?.number ?? undefined,
  });
  console.log(`created agent ${agent.id}: ${agent.name}`);

  await client.customFields.create(agent.id, { name: 'city', label: 'City' });
  await client.actions.create(agent.id, {
    actionType: 'sendEmail',
    name: 'Send the order',
    instruction: 'When the order is complete',
    subject: 'Your order',
    content: 'Thank you for your order.',
  });
  const [file] = await client.knowledge.upload(agent.id, [{ name: 'prices.txt', data: 'Bread: 3\nCake: 20\n' }]);
  console.log(`uploaded: ${file?.id}`);
  const { agent: patched, dropped } = await client.agents.patch(agent.id, { tone: 'Warm', welcomeMsg: 'Good morning!' });
  console.log(`patched: tone ${patched.tone}, ${dropped.length} fields not taken over`);

  if (free) {
    const call = await client.calls.start(agent.id, { phoneNumber: '+15550001234', city: 'Lisbon' });
    await client.calls.hangUp(call.id);
    console.log(`called and hung up: ${call.id}`);
  }

  let count = 0;
  for await (const call of client.calls.list(agent.id)) {
    count += 1;
    console.log(`call ${call.id}: ${call['status'] ?? 'no status'}`);
  }
  const details = await client.agents.get(agent.id);
  console.log(`${count} calls; ${details.files.length} knowledge files`);
  await client.agents.delete(agent.id);
} catch (error) {
  if (!(error instanceof LimitReachedError)) {
    throw error;
  }
  console.log(`the account has reached its limit of agents: ${error.message}`);
}
