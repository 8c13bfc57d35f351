// Cases that all languages share, with documented names in camelCase.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { catalog } from './package.mjs';

/** The repository. The test command copies these tests to a folder outside of it. */
export const repository = process.env.CALLFLUENT_REPOSITORY ?? fileURLToPath(new URL('../../..', import.meta.url));

/** One of the files with cases that all languages share. */
export function vectors(name, folder = 'wire') {
  return JSON.parse(readFileSync(join(repository, 'tests', folder, `${name}.json`), 'utf8'));
}

export function camel(name) {
  return name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
}

/** The operation of the catalog with this name. */
export function operation(name) {
  return catalog.operations.find((known) => known.name === name);
}

/** A value of this kind with its documented names in camel case. */
export function named(value, kind) {
  const inner = /^(?:List|Page|Map)<(.*)>$/.exec(kind)?.[1];
  if (Array.isArray(value)) {
    return value.map((item) => named(item, inner ?? kind));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const shapes = kind.split(' | ').map((name) => catalog.records[name]).filter(Boolean);
  const shape = shapes.find(({ tag }) => Object.values(tag)[0] === value.action_type) ?? shapes[0];
  if (shape === undefined) {
    return value;
  }
  const fields = [...shape.fields, ...Object.keys(shape.tag).map((name) => ({ name, kind: 'Text' }))];
  return Object.fromEntries(
    Object.entries(value).map(([key, held]) => {
      const field = fields.find(({ name }) => name === camel(key));
      return field === undefined ? [key, held] : [field.name, named(held, field.kind)];
    }),
  );
}

/** The arguments of a vector, by the names they have here. */
export function namedArguments(vector) {
  const { parameters } = operation(vector.operation);
  return Object.fromEntries(
    Object.entries(vector.arguments).map(([key, value]) => {
      const parameter = parameters.find(({ name }) => name === camel(key));
      if (parameter !== undefined) {
        return [parameter.name, named(value, parameter.kind)];
      }
      const fields = parameters.find(({ location }) => location === 'Fields');
      const known = fields && Object.entries(named({ [key]: value }, fields.kind))[0];
      return known ?? [key, value];
    }),
  );
}
