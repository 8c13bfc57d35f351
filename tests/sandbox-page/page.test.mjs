// The sandbox's page in headless Chromium: accessibility in both themes and at phone width, use by
// keyboard, and live changes. `cargo xtask test sandbox` starts the sandbox.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';

import puppeteer from 'puppeteer-core';

const ADDRESS = process.env.SANDBOX_ADDRESS;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let browser;

before(async () => {
  // The test may run as root, which the browser's own sandbox does not support.
  const args = ['--no-sandbox', '--disable-gpu'];
  browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, args });
});
after(() => browser.close());

async function open(context, { theme = 'light', width = 1280 } = {}) {
  const page = await browser.newPage();
  context.after(() => page.close());
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
  await page.setViewport({ width, height: 900 });
  await page.goto(ADDRESS, { waitUntil: 'domcontentloaded' });
  await page.waitForFunction(() => document.querySelectorAll('#agents tr').length === 6, { timeout: 60_000 });
  return { page, errors };
}

async function control(path, body) {
  const response = await fetch(`${ADDRESS}/sandbox${path}`, { method: 'POST', body: JSON.stringify(body) });
  assert.equal(response.status, 200);
  return response.json();
}

const callText = (page, id) => page.evaluate(
  (id) => [...document.querySelectorAll('#calls tr')].find((row) => row.cells[0].textContent === id)?.innerText ?? '', String(id),
);

for (const [name, options] of [['light', {}], ['dark', { theme: 'dark' }], ['phone', { width: 390 }]]) {
  test(`axe finds no violations: ${name}`, async (context) => {
    const { page, errors } = await open(context, options);
    // Evaluated by the debugger, so the page's content security policy stays as it is.
    await page.evaluate(axe);
    const violations = await page.evaluate(async () => (await axe.run()).violations.map(({ id, nodes }) => [id, nodes[0].html]));
    assert.deepEqual(violations, []);
    assert.deepEqual(errors, []);
    const wide = await page.evaluate(() => [document.documentElement, ...document.querySelectorAll('.scroll')]
      .filter((element) => element.scrollWidth > element.clientWidth)
      .map((element) => element.getAttribute('aria-labelledby') ?? 'the page'));
    assert.deepEqual(wide, [], 'these are wider than the screen');
  });
}

test('a call is started, watched and finished by keyboard', async (context) => {
  const { page } = await open(context);
  await control('/reset', {});
  await page.focus('#number');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('#calls td:nth-child(4)')?.textContent === 'ringing');
  const id = await page.evaluate(() => document.querySelector('#calls td').textContent);
  await page.focus('[data-advance="10"]');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('#calls td:nth-child(4)').textContent === 'in-progress');
  await page.focus(`[data-key="finish-${id}"]`);
  await page.keyboard.press('Space');
  await page.waitForFunction(() => document.querySelector('#calls td:nth-child(4)').textContent === 'completed');
  assert.match(await callText(page, id), /60/);
});

test('each value names its column at phone width', async (context) => {
  const { page } = await open(context, { width: 390 });
  const labels = await page.evaluate(() => [...document.querySelector('#agents tr').cells].map(
    (cell) => getComputedStyle(cell, '::before').content,
  ));
  assert.deepEqual(labels, ['"ID"', '"Name"', '"Workspace"', '"Format"', '"Number"', '"Calls"', '"Actions"']);
});

test('requests and their deviations appear without a reload', async (context) => {
  const { page } = await open(context);
  await fetch(`${ADDRESS}/api/agent/create`, {
    method: 'POST',
    headers: { authorization: `Bearer ${process.env.SANDBOX_API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ phoneNumber: '+1' }),
  });
  await page.waitForFunction(() => document.querySelector('#requests').innerText.includes('phoneNumber: unknown field'));
});

test('names of agents are shown as text', async (context) => {
  const { page, errors } = await open(context);
  const name = '<img src=x onerror="throw new Error(1)">';
  await control('/agents', { name });
  await page.waitForFunction((name) => document.querySelector('#agents').innerText.includes(name), {}, name);
  assert.deepEqual(errors, []);
  await control('/reset', {});
});
