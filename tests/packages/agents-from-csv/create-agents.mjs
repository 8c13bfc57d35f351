// Creates an agent for each row of a CSV file, with a knowledge file, a custom field and an action.
import { readFile } from 'node:fs/promises';
import { CallFluent } from 'callfluent';

const folder = new URL('.', import.meta.url);

/** Reads rows as objects. Fields can be in quotes. */
function parse(text) {
  const [names, ...rows] = text
    .trim()
    .split('\n')
    .map((line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].slice(0, -1))
    .map((fields) => fields.map(([, field]) => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field)));
  return rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index] ?? ''])));
}

const client = new CallFluent();
const [workspace] = await client.workspaces.list();
for (const row of parse(await readFile(new URL('agents.csv', folder), 'utf8'))) {
  const { knowledge, customField, smsContent, ...agent } = row;
  const created = await client.agents.createFromRow({ workspaceId: workspace.id, welcomeMsgFlag: true, ...agent });
  await client.knowledge.upload(created.id, [new URL(knowledge, folder)]);
  await client.customFields.create(created.id, { name: customField, label: customField });
  await client.actions.create(created.id, {
    actionType: 'sms',
    name: 'Send the address',
    instruction: 'When the caller asks for the address',
    content: smsContent,
  });
  console.log(created.id, created.name);
}
