// The examples of the documentation, run against the sandbox as users read them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

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

test('every method has an example', () => {
  // `createFromRow` and `createManyFromRows` are second forms of operations.
  assert.equal(examples.length, catalog.operations.length + catalog.bulkOperations.length + 2);
});

for (const { name, code } of examples) {
  test(`the example of ${name} runs`, async () => {
    const sandbox = await Sandbox.start({ demo: true });
    const client = sandbox.client();
    try {
      await new AsyncFunction('client', 'console', code)(client, { log: () => {} });
    } finally {
      client.close();
      await sandbox.close();
    }
  });
}
