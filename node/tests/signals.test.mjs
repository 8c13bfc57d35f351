// Ctrl+C and SIGTERM with requests, uploads and backoff in flight: at any moment, the program ends
// at once, as the signal or its handler requires.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

import { figure, length } from './support/scale.mjs';
import { json, serve } from './support/server.mjs';

const RUNS = length(2, 300);
const AT_ONCE = length(2, 8);
/** A program that hangs is ended after so many milliseconds. */
const HUNG = 30_000;
/** Limit in milliseconds for the end of a program; generous for busy machines. */
const SOON = 5_000;
const SIGNALS = ['SIGINT', 'SIGTERM'];
const here = new URL('.', import.meta.url);
const module = JSON.stringify(new URL('support/package.mjs', here).href);

/** Consecutive requests, endless uploads, and requests that are retried forever. */
const UNDER_WAY = `
  import { CallFluent } from ${module};
  const controller = new AbortController();
  const { signal } = controller;
  const client = new CallFluent({ maxRetries: 0 });
  const call = () => client.workspaces.list({ signal }).then(call, () => signal.aborted || call());
  async function* endless() {
    for (;;) {
      yield Buffer.alloc(1024);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  for (let count = 0; count < 8; count++) call();
  for (let count = 0; count < 2; count++) client.knowledge.uploadOnly(1, [{ name: 'a', data: endless() }], { signal }).catch(() => {});
  for (let count = 0; count < 4; count++) client.user.profile({ signal, maxRetries: 1000 }).catch(() => {});`;

const READY = `setTimeout(() => process.stdout.write('ready'), 20);`;

/** Two workers with the same requests in flight. They abort on a message. */
const WORKERS = `
  const { Worker } = await import('node:worker_threads');
  const source = ${JSON.stringify(`${UNDER_WAY}
    const { parentPort } = await import('node:worker_threads');
    parentPort.once('message', () => controller.abort());
    setTimeout(() => parentPort.postMessage('started'), 20);`)};
  const workers = [1, 2].map(() => new Worker(new URL('data:text/javascript,' + encodeURIComponent(source))));
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));`;

const on = (then) => `for (const name of ${JSON.stringify(SIGNALS)}) process.on(name, () => { ${then} });`;

/** Reactions of a program to the signal, and its end: by the signal, or with an exit code. */
const HANDLERS = {
  'nothing of its own': ['', 'signal'],
  'a handler that exits': [on('process.exit(5);'), 5],
  'a handler that aborts': [on('process.exitCode = 6; controller.abort(); globalThis.workers?.forEach((one) => one.postMessage(0));'), 6],
};

const ANSWERS = {
  'never answered': () => {},
  'answered at any moment': (_, response) => json(response, { data: [] }),
};

async function ended(source, baseUrl, signal, after) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: here,
    env: { ...process.env, CALLFLUENT_API_KEY: 'test-key', CALLFLUENT_BASE_URL: baseUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: HUNG,
    killSignal: 'SIGKILL',
  });
  let errors = '';
  child.stderr.on('data', (piece) => (errors += piece));
  const closed = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), closed]);
  await new Promise((resolve) => setTimeout(resolve, after));
  const told = performance.now();
  child.kill(signal);
  const [code, by] = await closed;
  return { code, signal: by, errors, milliseconds: performance.now() - told };
}

for (const [what, [handler, expected]] of Object.entries(HANDLERS)) {
  for (const [place, workers] of [['', ''], [', in a program with workers', `${WORKERS} globalThis.workers = workers;`]]) {
    for (const [when, answer] of Object.entries(ANSWERS)) {
      const title = `a signal and ${what}, with calls that are ${when}${place}`;
      const options = { timeout: length(60_000, 1_800_000), skip: process.platform === 'win32' && 'there are no signals' };
      test(title, options, async (context) => {
        const server = await serve((request, response, recorded, count) =>
          request.url.endsWith('/user/profile')
            ? json(response, { status: false }, 503, { 'retry-after-ms': '700' })
            : answer(request, response, recorded, count));
        context.after(server.close);
        const taken = [];
        const run = async (first) => {
          for (let number = first; number < RUNS; number += AT_ONCE) {
            const signal = SIGNALS[number % 2];
            // Not in step with anything, and at another moment in each run.
            const after = (number * 7.3) % 31;
            const end = await ended(UNDER_WAY + handler + workers + READY, server.baseUrl, signal, after);
            const wanted = expected === 'signal' ? { code: null, signal } : { code: expected, signal: null };
            assert.deepEqual({ code: end.code, signal: end.signal }, wanted, `run ${number}, ${signal}: ${end.errors}`);
            assert.equal(end.errors, '', `run ${number}`);
            assert.ok(end.milliseconds < SOON, `run ${number}: ${end.milliseconds} ms`);
            taken.push(end.milliseconds);
            server.recorded.length = 0;
          }
        };
        await Promise.all(Array.from({ length: AT_ONCE }, (_, first) => run(first)));
        taken.sort((one, other) => one - other);
        const [median, last] = [taken[taken.length >> 1], taken.at(-1)].map((time) => time.toFixed(0));
        figure(`${title}: ${RUNS} runs, ended after ${median} ms (median), ${last} ms (last)`);
      });
    }
  }
}
