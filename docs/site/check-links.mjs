// Fails if the target of a link of the built site or of its Markdown does not exist: its file, or
// the element that the fragment names.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = join(dirname(fileURLToPath(import.meta.url)), 'dist');
const names = (await readdir(dist, { recursive: true })).filter((name) => name.endsWith('.html'));
const pages = new Map(await Promise.all(names.map(async (name) => [join(dist, name), await readFile(join(dist, name), 'utf8')])));
const failures = [];
let count = 0;
for (const [file, html] of pages) {
  for (const [, link] of html.matchAll(/(?:href|src)="([^"]*)"/g)) {
    if (/^(?:https?:|mailto:|data:)/.test(link)) continue;
    count += 1;
    const [path, fragment] = decodeURI(link).split('#');
    const place = path === '' ? file : path.startsWith('/') ? join(dist, path) : join(dirname(file), path);
    const found = place.endsWith('/') ? join(place, 'index.html') : place;
    const isFound = existsSync(found) && (!fragment || !pages.has(found) || pages.get(found).includes(`id="${fragment}"`));
    if (!isFound) failures.push(`${file.slice(dist.length)}: ${link}`);
  }
}
// The Markdown of each page has the same sections as its HTML.
const texts = (await readdir(dist, { recursive: true })).filter((name) => /\.(?:md|txt)$/.test(name));
for (const name of texts) {
  const text = (await readFile(join(dist, name), 'utf8')).replaceAll(/^```[^]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '');
  for (const [, link] of text.matchAll(/\]\(([^)\s]*)\)/g)) {
    if (/^(?:https?:|mailto:)/.test(link)) continue;
    count += 1;
    const [path, fragment] = decodeURI(link).split('#');
    const place = path === '' ? join(dist, name) : path.startsWith('/') ? join(dist, path) : join(dirname(join(dist, name)), path);
    const page = pages.get(place.replace(/\.md$/, '/index.html'));
    const isFound = existsSync(place) && (!fragment || page === undefined || page.includes(`id="${fragment}"`));
    if (!isFound) failures.push(`${name}: ${link}`);
  }
}
for (const failure of failures) console.error(`broken link: ${failure}`);
console.log(`${count} links of ${pages.size} pages and ${texts.length} texts checked, ${failures.length} broken`);
process.exitCode = failures.length > 0 || count === 0 ? 1 : 0;
