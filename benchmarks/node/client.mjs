// A benchmark client in Node: `client.mjs NAME BASE_URL`. Carries out one order per line of its
// standard input and prints the cost: wall time, processor time, event loop time, peak memory.

import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';

import * as clients from './clients.mjs';
import { memory } from './memory.mjs';

const EXPECTED = {
  agent: () => 'Sales assistant',
  page: () => 1_000,
  read: () => 1_000,
  'read-all': () => 14_000,
  agents: (argument) => argument,
  histories: (argument) => argument,
  calls: (argument) => argument * 1_000,
};

const [name, baseUrl] = process.argv.slice(2);
const show = (message) => console.log(JSON.stringify(message));

/** Sends so many requests, with a fixed number in flight. */
async function concurrent(request, times, concurrency, expected) {
  let rest = times;
  const worker = async () => {
    while (rest > 0) {
      rest -= 1;
      const result = await request();
      if (result !== expected) {
        throw new Error(`the result is ${result}, expected ${expected}`);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

async function measured(tasks, { task, times, concurrency, argument }) {
  const request = argument === null ? tasks[task] : () => tasks[task](argument);
  const expected = EXPECTED[task](argument);
  const resident = memory('VmRSS');
  const [clock, processor, loop] = [performance.now(), process.cpuUsage(), performance.eventLoopUtilization()];
  await concurrent(request, times, concurrency, expected);
  const wall = performance.now() - clock;
  const { user, system } = process.cpuUsage(processor);
  const { active } = performance.eventLoopUtilization(loop);
  const bytes = memory('VmHWM') - resident;
  return { wall: wall / 1e3, cpu: (user + system) / 1e6, loop: active / 1e3, bytes };
}

try {
  const tasks = await clients[name](baseUrl);
  show({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    show(await measured(tasks, JSON.parse(line)).catch((error) => ({ error: String(error) })));
  }
  process.exit(0);
} catch (error) {
  show({ error: String(error) });
}
