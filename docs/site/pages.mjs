// The pages of the site and their order. `docs/guide/README.md` has one table for each group of the
// sidebar; a page that it does not list is an error, so that no page is unreachable.
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const docs = dirname(dirname(fileURLToPath(import.meta.url)));
const repository = dirname(docs);

/** Pages by their file, relative to the repository: the slug of each. */
export async function pages() {
  const found = new Map([
    ['crates/callfluent-sandbox/README.md', 'guide/sandbox'],
    ['CHANGELOG.md', 'changelog'],
  ]);
  for (const folder of ['guide', 'reference']) {
    for (const name of (await readdir(join(docs, folder))).filter((name) => name.endsWith('.md'))) {
      found.set(`docs/${folder}/${name}`, `${folder}/${name === 'README.md' ? '' : name.slice(0, -3)}`.replace(/\/$/, ''));
    }
  }
  return found;
}

/** Resolves a link of a page to a file of the repository. */
export function target(file, link) {
  return relative(repository, join(repository, dirname(file), link));
}

export async function read(file) {
  return readFile(join(repository, file), 'utf8');
}

/** The summary of each page that the index lists, by its slug. */
export async function summaries() {
  const known = await pages();
  const rows = (await read('docs/guide/README.md')).matchAll(/^\| \[[^\]]+\]\(([^)]+)\) \| (.+) \|$/gm);
  return new Map([...rows].map(([, link, text]) => [known.get(target('docs/guide/README.md', link)), text.replaceAll('`', '')]));
}

/** The address of an example file, which the site has as it is. */
export function example(file) {
  return /(?:^|\/)examples\/.+\.(?:py|js|mjs|rs|ipynb)$/.test(file) ? `/examples/${file.replace(/(^|\/)examples\//, '$1')}` : undefined;
}

/** The sidebar of Starlight, from the tables of the index. */
export async function sidebar() {
  const known = await pages();
  const groups = [];
  for (const line of (await read('docs/guide/README.md')).split('\n')) {
    const header = /^\| ([A-Z][\w ]*) \| Contents \|$/.exec(line);
    const row = /^\| \[([^\]]+)\]\(([^)]+)\)/.exec(line);
    if (header) groups.push({ label: header[1], items: [] });
    if (row) groups.at(-1)?.items.push({ label: row[1], slug: known.get(target('docs/guide/README.md', row[2])) });
  }
  const references = [...known].filter(([file]) => /^docs\/reference\/(?!README)/.test(file));
  groups.push({
    label: 'Reference',
    items: [...references.map(([, slug]) => ({ label: title(slug), slug })), { label: 'Changelog', slug: 'changelog' }],
  });
  const listed = new Set(groups.flatMap(({ items }) => items.map(({ slug }) => slug)));
  const missing = [...known].filter(([file, slug]) => !listed.has(slug) && !file.endsWith('README.md'));
  if (missing.length > 0) throw new Error(`docs/guide/README.md does not list ${missing.map(([file]) => file).join(', ')}`);
  return groups;
}

function title(slug) {
  const name = slug.split('/').at(-1) ?? '';
  return name.charAt(0).toUpperCase() + name.slice(1);
}
