// Checks each page of the built site with axe-core, in both themes. It needs Chromium, as Debian
// packages it, or the path of a browser in CHROMIUM. The same for what the Python package shows in
// notebooks, with its styles and without them. `--screenshots FOLDER` writes pictures of some
// pages, in both themes and at the width of a phone.
import { createServer } from 'node:http';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

const dist = join(dirname(fileURLToPath(import.meta.url)), 'dist');
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const notebook = fileURLToPath(new URL('../../tests/notebook-display/page.html', import.meta.url));
const NOTEBOOK = '/notebook-display/';
const TYPES = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml', '.wasm': 'application/wasm' };
const ARGUMENTS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

async function serve(request, response) {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const path = join(dist, pathname.endsWith('/') ? `${pathname}index.html` : pathname);
  try {
    const isNotebook = pathname.startsWith(NOTEBOOK);
    let content = await readFile(isNotebook ? notebook : path);
    // Many programs that show notebooks remove styles.
    if (pathname.endsWith('bare/')) content = content.toString().replaceAll(/ (style|class)="[^"]*"/g, '');
    response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(content);
  } catch {
    response.writeHead(404).end();
  }
}

async function check(browser, base, paths) {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const checkTheme = async (colorScheme) => {
    let failures = 0;
    const context = await browser.newContext({ colorScheme, reducedMotion: 'reduce' });
    const page = await context.newPage();
    for (const path of paths) {
      await page.goto(base + path);
      await page.evaluate(axe);
      // Only colors differ between the themes.
      const runOnly = colorScheme === 'dark' ? { runOnly: ['color-contrast'] } : {};
      const options = { ...runOnly, resultTypes: ['violations'], preload: false };
      const { violations } = await page.evaluate((options) => globalThis.axe.run(options), options);
      for (const { id, help, nodes } of violations) {
        failures += nodes.length;
        console.error(`${path} (${colorScheme}): ${id}: ${help}: ${nodes[0]?.target} (${nodes.length})`);
      }
    }
    await context.close();
    return failures;
  };
  // At the same time: a page uses one processor.
  const [light, dark] = await Promise.all(['light', 'dark'].map(checkTheme));
  console.log(`${paths.length} pages checked in both themes, ${light + dark} findings of axe-core`);
  return light + dark;
}

async function screenshots(browser, base, paths, folder) {
  await mkdir(folder, { recursive: true });
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1280, 390]) {
      const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
      for (const path of paths) {
        await page.goto(base + path);
        await page.waitForTimeout(300);
        await page.screenshot({ path: join(folder, `${path.replaceAll('/', '_')}${colorScheme}-${width}.png`) });
      }
      await page.close();
    }
  }
}

if (existsSync(executablePath)) {
  const server = createServer(serve).listen(0, '127.0.0.1');
  const base = await new Promise((resolve) => server.once('listening', () => resolve(`http://127.0.0.1:${server.address().port}`)));
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
  const names = (await readdir(dist, { recursive: true })).filter((name) => name.endsWith('index.html'));
  const folder = process.argv[2] === '--screenshots' ? process.argv[3] : undefined;
  if (folder === undefined) {
    const paths = names.map((name) => `/${name.slice(0, -'index.html'.length)}`);
    const failures = await check(browser, base, [...paths, NOTEBOOK, `${NOTEBOOK}bare/`]);
    process.exitCode = failures > 0 ? 1 : 0;
  } else {
    await screenshots(browser, base, ['/', '/guide/quickstart/', '/guide/endpoints/', '/reference/node/', '/guide/errors-and-retries/'], folder);
  }
  await browser.close();
  server.close();
} else {
  console.log(`skipped: axe-core needs Chromium at ${executablePath}, or in the variable CHROMIUM`);
}
