// A contender in Node: `contender.mjs NAME BASE_URL`. It says that it is ready, then does what each line of its standard
// input asks for and answers with what it cost in seconds: by the clock, of the processor, and of the event loop's time.

import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';

import * as clients from './clients.mjs';

const EXPECTED = {
  agent: () => 'Sales assistant',
  page: () => 1_000,
  read: () => 1_000,
  agents: (argument) => argument,
  calls: (argument) => argument * 1_000,
};

const [name, baseUrl] = process.argv.slice(2);
const say = (message) => console.log(JSON.stringify(message));

/** Makes a call so many times, never more than so many at once. */
async function repeated(call, times, concurrency, expected) {
  let rest = times;
  const worker = async () => {
    while (rest > 0) {
      rest -= 1;
      const answer = await call();
      if (answer !== expected) {
        throw new Error(`the answer is ${answer} and not ${expected}`);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

async function measured(tasks, order) {
  const { task, times = 1, concurrency = 1, argument } = order;
  const call = argument === undefined ? tasks[task] : () => tasks[task](argument);
  const expected = EXPECTED[task](argument);
  const [clock, processor, loop] = [performance.now(), process.cpuUsage(), performance.eventLoopUtilization()];
  await repeated(call, times, concurrency, expected);
  const wall = performance.now() - clock;
  const { user, system } = process.cpuUsage(processor);
  const { active } = performance.eventLoopUtilization(loop);
  return { wall: wall / 1e3, cpu: (user + system) / 1e6, loop: active / 1e3 };
}

try {
  const tasks = await clients[name](baseUrl);
  say({ ready: true, node: process.versions.node });
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      say(await measured(tasks, JSON.parse(line)));
    } catch (failure) {
      say({ error: String(failure) });
    }
  }
  process.exit(0);
} catch (failure) {
  say({ error: String(failure) });
}
