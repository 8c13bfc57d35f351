// Writes the pages of `docs/guide` and `docs/reference` as Starlight pages to `src/content/docs`,
// and their Markdown with `llms.txt` to `public`. Both folders are ignored: the pages have one
// source.
import { copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { example, pages, read, sidebar, summaries, target } from './pages.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const LANGUAGES = { python: 'Python', ts: 'Node', rust: 'Rust' };
const known = await pages();
const listed = await summaries();
const examples = new Set();

/** Title, description and body of a page. */
function parse(content) {
  const [, title, body] = /^# (.+)\n([^]*)$/.exec(content) ?? [];
  if (title === undefined) throw new Error('a page begins with its title');
  const first = body.trim().split('\n\n', 1)[0].replaceAll('\n', ' ');
  // A page can begin with code, which is not a summary.
  const description = /^(?:[A-Z]|`(?!``))/.test(first) ? first.replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1').replaceAll('`', '') : '';
  return { title, description, body };
}

/** Splits a page into text and fenced code blocks. */
function parts(body) {
  const found = [];
  let rest = body;
  for (let match; (match = /^```(\S*)([^\n]*)\n[^]*?^```$/m.exec(rest)); rest = rest.slice(match.index + match[0].length)) {
    found.push({ text: rest.slice(0, match.index) }, { language: match[1], code: match[0].replace(/^(\S+)[^\n]*/, '$1') });
  }
  return [...found, { text: rest }];
}

/** Makes synchronized tabs of blocks of different languages that follow each other. */
function withTabs(found, file) {
  const lines = [];
  for (let index = 0; index < found.length; index += 1) {
    const part = found[index];
    if (part.code === undefined) {
      lines.push(prose(part.text, file));
      continue;
    }
    const group = [part];
    const next = () => found[index + 2];
    while (found[index + 1]?.text.trim() === '' && next()?.language in LANGUAGES && part.language in LANGUAGES) {
      if (group.some(({ language }) => language === next().language)) break;
      group.push(next());
      index += 2;
    }
    const tabs = group.map(({ language, code }) => `<TabItem label="${LANGUAGES[language]}">\n\n${code}\n\n</TabItem>`);
    lines.push(group.length === 1 ? part.code : `<Tabs syncKey="language">\n${tabs.join('\n')}\n</Tabs>`);
  }
  return lines.join('');
}

/** Text for MDX: links to other files become links to pages, and braces stand for themselves. */
function prose(text, file) {
  const escaped = text
    .split(/(`[^`]*`)/)
    .map((piece) => (piece.startsWith('`') ? piece : piece.replaceAll(/[{}<]/g, (letter) => `\\${letter}`)))
    .join('');
  return withLinks(escaped, file, '/');
}

/** Makes links absolute. Pages end with `suffix`; files outside of the site have no link. */
function withLinks(text, file, suffix) {
  return text
    .replaceAll(/\]\([./]*images\/([^)]+)\)/g, '](/images/$1)')
    .replaceAll(/\[([^\]]+)\]\(([^)#\s]*)(#[^)\s]*)?\)/g, (link, label, path, fragment = '') => {
      if (path === '' || path.includes('://') || path.startsWith('/images/')) return link;
      const source = target(file, path);
      if (known.has(source)) return `[${label}](/${known.get(source)}${suffix}${fragment})`;
      const address = example(source);
      if (address === undefined) return label;
      examples.add(source);
      return `[${label}](${address})`;
    });
}

/** The Markdown of a page, whose links work at its address on the site. */
function markdown(content, file) {
  const blocks = /(^```[^]*?^```$)/m;
  return content.split(blocks).map((part) => (part.startsWith('```') ? part : withLinks(part, file, '.md'))).join('');
}

async function write(path, content) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

for (const folder of ['src/content/docs', 'public']) await rm(join(here, folder), { recursive: true, force: true });
const titles = new Map();
for (const [file, slug] of known) {
  const content = await read(file);
  const { title, description, body } = parse(content);
  const summary = listed.get(slug) ?? description;
  titles.set(slug, { title, description: summary });
  const front = ['---', `title: ${JSON.stringify(title)}`, `description: ${JSON.stringify(summary)}`];
  // A page without sections has room for wide tables instead.
  if (!/^## /m.test(body)) front.push('tableOfContents: false');
  front.push('---');
  const imports = "import { Tabs, TabItem } from '@astrojs/starlight/components';";
  const path = /^[^/]+$/.test(slug) && slug !== 'changelog' ? `${slug}/index.mdx` : `${slug}.mdx`;
  await write(join(here, 'src/content/docs', path), `${front.join('\n')}\n\n${imports}\n\n${withTabs(parts(body), file).trim()}\n`);
  await write(join(here, 'public', `${slug}.md`), markdown(content, file));
}
for (const file of examples) await write(join(here, 'public', example(file)), await read(file));
await write(join(here, 'src/content/docs/index.mdx'), await readFile(join(here, 'src/index.mdx'), 'utf8'));
await copyFile(join(here, 'src/favicon.svg'), join(here, 'public/favicon.svg'));
await cp(join(here, '../images'), join(here, 'public/images'), { recursive: true });

const lines = ['# callfluent', '', '> Typed client for the CallFluent API (AI voice agents that make and take phone calls), for Python, Node and Rust.'];
for (const { label, items } of await sidebar()) {
  const links = items.map(({ label, slug }) => `- [${label}](/${slug}.md): ${titles.get(slug)?.description ?? ''}`.replace(/: $/, ''));
  lines.push('', `## ${label}`, '', ...links);
}
await write(join(here, 'public/llms.txt'), `${lines.join('\n')}\n`);
