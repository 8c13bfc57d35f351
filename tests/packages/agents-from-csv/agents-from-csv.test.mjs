import assert from 'node:assert/strict';
import { test } from 'node:test';

import { run, startSandbox } from '../program.mjs';

test('agents of a CSV file get files, fields and actions', async (context) => {
  const sandbox = await startSandbox(context, {});
  const output = await run(new URL('create-agents.mjs', import.meta.url), { sandbox });
  assert.match(output, /^\d+ Bakery\n\d+ Dentist\n\d+ Garage\n$/);
  const agents = await sandbox.client().agents.list(1);
  assert.deepEqual(agents.map(({ name }) => name).sort(), ['Bakery', 'Dentist', 'Garage']);
  const journal = await sandbox.journal();
  assert.deepEqual(
    journal.flatMap(({ files }) => files?.map(({ name, size }) => [name, size]) ?? []),
    [['prices.txt', 26], ['hours.txt', 25], ['prices.txt', 26]],
  );
  assert.equal(journal.filter(({ operation }) => operation === 'customFields.create').length, 3);
  const actions = journal.filter(({ operation }) => operation === 'actions.create');
  assert.deepEqual(actions.map(({ status }) => status >= 200 && status < 300), [true, true, true]);
});
