// How processes and workers end with calls under way: with the exit code that they should have,
// without a crash and without waiting for anybody, whether their calls are never answered or
// answered at that very moment.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { length } from './support/scale.mjs';
import { json, serve } from './support/server.mjs';

const RUNS = length(5, 300);
/** A program that hangs is ended after so many milliseconds. */
const HUNG = 30_000;
const here = new URL('.', import.meta.url);
const module = JSON.stringify(new URL('support/package.mjs', here).href);

/** Calls that follow one another for ever, eight at a time. */
const UNDER_WAY = `
  import { CallFluent } from ${module};
  const client = new CallFluent({ maxRetries: 0 });
  const call = () => client.workspaces.list().then(call, call);
  for (let count = 0; count < 8; count++) call();
  await new Promise((resolve) => setTimeout(resolve, 20));`;

/** Actions of a program with requests in flight, and its expected exit code. */
const ENDS = {
  'process.exit': ['process.exit(6);', 6],
  'process.exit in a callback of a call': ['client.workspaces.list({ timeout: 30 }).finally(() => process.exit(7));', 7],
  'an uncaught exception': ["setTimeout(() => { throw new Error('uncaught'); }, 1);", 1],
  'an unhandled rejection': ["Promise.reject(new Error('unhandled'));", 1],
  'process.exit with an upload under way': [
    `client.knowledge.uploadOnly(1, [{ name: 'a', data: new Blob(['x'.repeat(1e6)]).stream() }]).catch(() => {});
     setTimeout(() => process.exit(8), 5);`,
    8,
  ],
  'process.exit in a worker': [
    `const { Worker } = await import('node:worker_threads');
     const text = ${JSON.stringify(UNDER_WAY)} + 'process.exit(3)';
     const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(text)));
     worker.on('error', (error) => { console.error(error); process.exit(99); });
     worker.on('exit', (code) => process.exit(code === 3 ? 9 : 98));`,
    9,
  ],
};

async function ended(source, baseUrl) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', UNDER_WAY + source], {
    cwd: here,
    env: { ...process.env, CALLFLUENT_API_KEY: 'test-key', CALLFLUENT_BASE_URL: baseUrl },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: HUNG,
  });
  let errors = '';
  child.stderr.on('data', (piece) => (errors += piece));
  const [code, signal] = await once(child, 'close');
  return { code, signal, errors };
}

const ANSWERS = {
  'never answered': () => {},
  'answered at any moment': (_, response) => json(response, { data: [] }),
};

for (const [what, [source, expected]] of Object.entries(ENDS)) {
  for (const [when, answer] of Object.entries(ANSWERS)) {
    test(`${what}, with calls under way that are ${when}`, { timeout: length(60_000, 1_200_000) }, async (context) => {
      const server = await serve(answer);
      context.after(server.close);
      for (let run = 0; run < RUNS; run++) {
        const { code, signal, errors } = await ended(source, server.baseUrl);
        assert.deepEqual({ code, signal }, { code: expected, signal: null }, `run ${run}: ${errors}`);
        assert.doesNotMatch(errors, /panicked|FATAL|Check failed/);
        server.recorded.length = 0;
      }
    });
  }
}

const WORKER = `
  const { parentPort, workerData } = require('node:worker_threads');
  import(workerData.module).then(({ CallFluent }) => {
    const client = new CallFluent({ apiKey: 'test-key', baseUrl: workerData.baseUrl, maxRetries: 0 });
    const call = () => client.workspaces.list().then(call, call);
    for (let count = 0; count < 8; count++) call();
    parentPort.postMessage('started');
    if (workerData.fails) setTimeout(() => { throw new Error('uncaught'); }, workerData.after);
  });`;

for (const [when, answer] of Object.entries(ANSWERS)) {
  test(`ending workers with requests that are ${when} harm nobody`, { timeout: length(60_000, 1_200_000) }, async (context) => {
    const server = await serve(answer);
    context.after(server.close);
    for (let run = 0; run < RUNS; run++) {
      const fails = run % 2 === 1;
      const after = (run * 3) % 20;
      const workerData = { module: JSON.parse(module), baseUrl: server.baseUrl, fails, after };
      const worker = new Worker(WORKER, { eval: true, workerData });
      if (fails) {
        // It may arrive before the message. Waiting for the message would then fail.
        assert.equal((await once(worker, 'error'))[0].message, 'uncaught');
      } else {
        await once(worker, 'message');
        await new Promise((resolve) => setTimeout(resolve, after));
        assert.equal(await worker.terminate(), 1);
      }
      server.recorded.length = 0;
    }
  });
}
