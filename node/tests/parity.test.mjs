// The typed surface against the core's catalog: nothing is missing on either side, and everything
// is documented.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { callfluent, CallFluent, catalog, folder } from './support/package.mjs';
import { json, serve } from './support/server.mjs';
import { SURFACE } from './support/surface.mjs';

const options = readFileSync(join(folder, 'dist/options.d.ts'), 'utf8');
const client = new CallFluent({ apiKey: 'test-key' });
const declared = (name) => readFileSync(join(folder, `dist/generated/${name}.d.ts`), 'utf8');
const models = declared('models');
const resources = declared('resources');

/** The members of an interface, by name, each with its comment and type. */
function members(name, source = models) {
  const body = new RegExp(`^export interface ${name} \\{\\n([^]*?)^\\}`, 'm').exec(source)?.[1];
  assert.ok(body, `${name} is not declared`);
  const found = [...body.matchAll(/\/\*\*([^]*?)\*\/\s*(?:readonly )?(\w+)(\??): ([^;]+);/g)];
  return new Map(found.map(([, comment, member, optional, type]) => [member, { comment, optional: optional === '?', type }]));
}

test('every operation has a method and every method an operation', () => {
  const known = catalog.operations.map(({ resource, verb }) => `${resource}.${verb}`);
  known.push(...catalog.bulkOperations, ...catalog.compositeMethods);
  // Second forms of operations.
  known.push('agents.createFromRow', 'agents.createManyFromRows');
  const there = Object.keys(client).flatMap((resource) =>
    Object.getOwnPropertyNames(Object.getPrototypeOf(client[resource]))
      .filter((verb) => verb !== 'constructor')
      .map((verb) => `${resource}.${verb}`),
  );
  assert.deepEqual(there.sort(), known.sort());
  assert.deepEqual(Object.keys(SURFACE).sort(), catalog.operations.map(({ name }) => name).sort());
});

test('every method documents its endpoint and its parameters', () => {
  for (const { name, verb, method, path, parameters } of catalog.operations) {
    const endpoint = resources.indexOf(`\`${method} ${path}\``);
    assert.ok(endpoint > 0, name);
    const start = resources.indexOf('(', resources.search(new RegExp(`\\n    ${verb}\\(`)));
    assert.ok(start > 0, name);
    for (const parameter of parameters) {
      const own = new RegExp(`@param ${parameter.name} - \\S`).test(resources);
      const byName = new RegExp(`\\*/\\n    ${parameter.name}\\??: `).test(resources);
      assert.ok(own || byName, `${name}: ${parameter.name}`);
    }
  }
});

test('the core names every error class', () => {
  const classes = Object.keys(callfluent).filter((name) => callfluent[name]?.prototype instanceof Error);
  // The base of all errors of requests.
  assert.deepEqual(classes.filter((name) => name !== 'APIError').sort(), [...catalog.errorClasses].sort());
});

test('the core knows every option', () => {
  const { requestOptions, clientOptions } = catalog;
  assert.deepEqual([...members('RequestOptions', options).keys()].sort(), [...requestOptions].sort());
  const further = [...members('ClientOptions', options).keys()].filter((name) => !requestOptions.includes(name));
  assert.deepEqual(further.sort(), [...clientOptions].sort());
});

test('every record has the documented fields and no others', () => {
  for (const [name, { fields, tag }] of Object.entries(catalog.records)) {
    const there = members(name);
    const known = [...Object.keys(tag), ...fields.map((field) => field.name)];
    if (name === 'CallStartParams') {
      // Fields of any name, and the check of their names: the client interprets both.
      known.push('checkFields', 'customFields');
    }
    if (name === 'PhoneNumberList') {
      // It follows from the other fields.
      known.push('free');
    }
    assert.deepEqual([...there.keys()].sort(), known.sort(), name);
    for (const field of fields) {
      const { comment, optional } = there.get(field.name);
      assert.ok(comment.trim().length > 5, `${name}.${field.name}`);
      if (!field.required) {
        assert.ok(optional, `${name}.${field.name} is not promised`);
      }
    }
    for (const [field, value] of Object.entries(tag)) {
      assert.equal(there.get(field).type, `'${value}'`);
    }
  }
  const declaredNames = [...models.matchAll(/^export interface (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(declaredNames.sort(), Object.keys(catalog.records).sort());
});

test('enumerations are closed in arguments and open in responses', () => {
  const given = catalog.operations.flatMap(({ parameters }) => parameters.map(({ kind }) => kind));
  for (const [name, values] of Object.entries(catalog.enumerations)) {
    const typeOf = (name) => new RegExp(`^export type ${name} = (.*);$`, 'm').exec(models)?.[1];
    const documented = values.map((value) => `'${value}'`);
    assert.ok(
      [undefined, [...documented, '(string & {})'].join(' | ')].includes(typeOf(name)) &&
        [undefined, documented.join(' | ')].includes(typeOf(`${name}Input`)) &&
        (typeOf(name) ?? typeOf(`${name}Input`)),
      name,
    );
    assert.ok(!given.includes(name) || typeOf(`${name}Input`), `${name} is given`);
  }
});

test('the user agent has the version of package.json', async (context) => {
  const server = await serve((_, response) => json(response, { data: [] }));
  context.after(server.close);
  await server.client().workspaces.list();
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  assert.match(server.recorded[0].headers['user-agent'], new RegExp(`^callfluent-node/${version} `));
});
