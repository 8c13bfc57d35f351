// Length of the long tests (`CALLFLUENT_SOAK` sets the full length), resources of this process, and
// the load of the machine.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export const FULL = process.env.CALLFLUENT_SOAK !== undefined;

export const length = (short, full) => (FULL ? full : short);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

const count = (folder) => (existsSync(folder) ? readdirSync(folder).length : 0);

/** Anonymous memory in KiB. File-backed pages of Node grow for a long time. */
function ownMemory() {
  try {
    return Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
  } catch {
    return process.memoryUsage().rss / 1024;
  }
}

/** Resources that can leak: memory, threads, files and sockets. */
export function holdings() {
  collectGarbage();
  const { heapTotal, heapUsed } = process.memoryUsage();
  return {
    // What the engine's heap has room for grows with the rate of calls and stays; what is in it is
    // what is held.
    memoryKib: Math.round(ownMemory() + (heapUsed - heapTotal) / 1024),
    threads: count('/proc/self/task'),
    descriptors: count('/proc/self/fd'),
  };
}

/** Returns the resources after pending work has ended. */
export async function settled() {
  let [least, unchanged] = [holdings(), 0];
  while (unchanged < 10) {
    await new Promise((resolve) => setTimeout(resolve, 30));
    const now = holdings();
    unchanged = now.descriptors < least.descriptors || now.threads < least.threads ? 0 : unchanged + 1;
    least = now;
  }
  return least;
}

export function assertNoMoreThan(before, after, memoryKib = 8 * 1024) {
  const figures = `before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`;
  assert.ok(after.memoryKib <= before.memoryKib + memoryKib, figures);
  assert.ok(after.threads <= before.threads + 2, figures);
  assert.ok(after.descriptors <= before.descriptors + 2, figures);
}

/**
 * Returns the milliseconds in which threads of processes were ready and had no processor. A test
 * subtracts them from a duration, so that other programs of the machine do not count.
 */
export function waitedForProcessor(...processes) {
  let nanoseconds = 0;
  for (const folder of processes.map((process) => `/proc/${process}/task`).filter(existsSync)) {
    for (const thread of readdirSync(folder)) {
      try {
        nanoseconds += Number(readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ')[1]);
      } catch {
        // The thread has ended.
      }
    }
  }
  return nanoseconds / 1e6;
}

/** Returns a function that returns the milliseconds since now, without waits for a processor. */
export function stopwatch(...processes) {
  const started = [performance.now(), waitedForProcessor(...processes)];
  return () => performance.now() - started[0] - Math.max(0, waitedForProcessor(...processes) - started[1]);
}

/** Prints a figure if figures are enabled. */
export function figure(text) {
  if (FULL) {
    console.log(text);
  }
}
