// The examples of the documentation, run against the sandbox as users read them.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { catalog, folder, Sandbox } from './support/package.mjs';

const AsyncFunction = (async () => {}).constructor;
const declared = readFileSync(join(folder, 'dist/generated/resources.d.ts'), 'utf8');

/** The code in the comment of each method, by resource and method. */
const examples = declared.split(/^export declare class /m).flatMap((group) =>
  [...group.matchAll(/@example\n\s*\* ```ts\n([^]*?)\n\s*\* ```\n\s*\*\/\n\s*(\w+)(?:<[^\n]*?>)?\(/g)].map(([, code, method]) => ({
    name: `${group.split(' ', 1)[0]}.${method}`,
    code: code.replaceAll(/^\s*\* /gm, ''),
  })),
);

// Examples of exports write files.
const started = process.cwd();
const files = mkdtempSync(join(tmpdir(), 'callfluent-examples-'));
before(() => process.chdir(files));
after(() => {
  process.chdir(started);
  rmSync(files, { recursive: true });
});

/** Runs an example with a client of a sandbox. */
async function run(code, log, meanwhile = () => {}) {
  const sandbox = await Sandbox.start({ demo: true });
  const client = sandbox.client();
  try {
    await Promise.all([new AsyncFunction('client', 'console', code)(client, { log }), meanwhile(sandbox)]);
  } finally {
    client.close();
    await sandbox.close();
  }
}

test('every method has an example', () => {
  const { operations, bulkOperations, compositeMethods } = catalog;
  // `createFromRow` and `createManyFromRows` are second forms of operations.
  assert.equal(examples.length, operations.length + bulkOperations.length + compositeMethods.length + 2);
});

for (const { name, code } of examples.filter(({ name }) => !name.endsWith('.watch'))) {
  test(`the example of ${name} runs`, () => run(code, () => {}));
}

test('the example of a watch prints a new call', { timeout: 60_000 }, async () => {
  const seen = new Error('the example has no end');
  const printed = [];
  const call = {};
  const log = (id) => {
    printed.push(id);
    throw seen;
  };
  const { code } = examples.find(({ name }) => name.endsWith('.watch'));
  await assert.rejects(
    run(code, log, async (sandbox) => {
      // The first read of the history finds the calls that exist.
      while ((await sandbox.journal()).length === 0) await setTimeout(5);
      const client = sandbox.client();
      call.id = (await client.calls.start(1002, { phoneNumber: '+15551234567' })).id;
      await client.close();
    }),
    seen,
  );
  assert.deepEqual(printed, [call.id]);
});
