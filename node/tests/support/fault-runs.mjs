// Runs the shared fault scenarios and reports the outcome of each. As a program it runs one of
// them, in a process whose environment the scenario sets.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';

import { CallFluent, callfluent } from './package.mjs';
import { stopwatch } from './scale.mjs';
import { SURFACE } from './surface.mjs';
import { camel, namedArguments, operation, named } from './vectors.mjs';

/** The program that opens what the scenarios need. */
export const PROGRAM = process.env.CALLFLUENT_FAULT_SERVER;
const LIST = process.env.CALLFLUENT_FAULT_SCENARIOS ?? fileURLToPath(new URL('../../../tests/faults/scenarios.json', import.meta.url));
const AT_ONCE = 16;
const ONE = 'CALLFLUENT_FAULT_SCENARIO';

export const scenarios = JSON.parse(readFileSync(LIST, 'utf8'));

/** Starts the servers and runs every scenario, most of them at the same time. */
export async function runAll() {
  const folder = mkdtempSync(join(tmpdir(), 'callfluent-faults-'));
  const servers = spawn(PROGRAM, [LIST, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await new Promise((resolve, reject) => {
    servers.on('error', reject);
    createInterface(servers.stdout).once('line', (text) => resolve([text]));
  });
  const { control, scenarios: addresses } = JSON.parse(line);
  for (const each of Object.values(addresses)) each.process = String(servers.pid);
  const outcomes = {};
  const waiting = scenarios.filter(({ alone }) => !alone);
  const place = async () => {
    for (let scenario = waiting.shift(); scenario !== undefined; scenario = waiting.shift()) {
      outcomes[scenario.name] = await outcome(scenario, addresses[scenario.name]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, place));
  for (const scenario of scenarios.filter(({ alone }) => alone)) {
    const before = residentMib();
    const found = await outcome(scenario, addresses[scenario.name]);
    const peak = memoryMib('VmHWM:');
    outcomes[scenario.name] = { ...found, peakMemoryMib: peak === undefined || before === undefined ? undefined : peak - before };
  }
  return {
    addresses,
    outcomes,
    seen: async (name) => (await fetch(`${control}/recorded/${encodeURIComponent(name)}`)).json(),
    close: () => {
      servers.stdin.end();
      rmSync(folder, { recursive: true });
    },
  };
}

async function outcome(scenario, addresses) {
  return scenario.environment === undefined ? here(scenario, addresses) : elsewhere(scenario, addresses);
}

async function here(scenario, addresses) {
  let [started, unloaded] = [performance.now(), stopwatch('self', addresses.process)];
  const times = () => ({ elapsed: (performance.now() - started) / 1000, unloaded: unloaded() / 1000 });
  try {
    const client = new CallFluent(options(scenario, addresses));
    if (scenario.before !== undefined) {
      await call(client, scenario.before);
      await new Promise((resolve) => setTimeout(resolve, scenario.before.pause_ms ?? 0));
    }
    [started, unloaded] = [performance.now(), stopwatch('self', addresses.process)];
    const value = await call(client, scenario);
    return { value, ...times() };
  } catch (error) {
    if (!(error instanceof callfluent.CallFluentError)) {
      throw error;
    }
    return { error: described(error), ...times() };
  }
}

function call(client, what) {
  const files = what.attachments?.map(({ name, text, times, content_type: contentType }) => ({
    name,
    data: text.repeat(times ?? 1),
    contentType,
  }));
  const given = namedArguments(what);
  return SURFACE[what.operation](client, files === undefined ? given : { ...given, files });
}

/** The value that a scenario expects, by its names here. */
export function expectedValue(scenario) {
  return named(scenario.expect.value, operation(scenario.operation).output);
}

/** A text of a scenario with addresses in place of the names in braces. */
export function filledIn(value, addresses) {
  return typeof value === 'string'
    ? Object.entries(addresses).reduce((text, [name, address]) => text.replaceAll(`{${name}}`, address), value)
    : value;
}

function options(scenario, addresses) {
  const given = Object.entries(scenario.client ?? {}).map(([name, value]) => [
    camel(name),
    name.endsWith('timeout') ? value * 1000 : filledIn(value, addresses),
  ]);
  return { apiKey: addresses.key, baseUrl: addresses.base_url, ...Object.fromEntries(given) };
}

function described(error) {
  const { name, message, status, outcomeUnknown, retryAfter, attempts } = error;
  const fieldErrors = error.fieldErrors?.map(({ field }) => field);
  return { name, message, status, outcomeUnknown, retryAfter, attempts, fieldErrors, shown: inspect(error, { depth: 8 }) };
}

function elsewhere(scenario, addresses) {
  const kept = Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name));
  const given = Object.entries(scenario.environment).map(([name, value]) => [name, filledIn(value, addresses)]);
  const env = { ...Object.fromEntries([...kept, ...given]), [ONE]: JSON.stringify([scenario, addresses]) };
  delete env.NODE_TEST_CONTEXT;
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [fileURLToPath(import.meta.url)], { env }, (error, printed) =>
      error === null ? resolve(JSON.parse(printed)) : reject(error),
    );
  });
}

/** Memory of this process, if the system reports it. Resets the peak. */
function residentMib() {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    return undefined;
  }
  return memoryMib('VmRSS:');
}

function memoryMib(field) {
  try {
    const line = readFileSync('/proc/self/status', 'utf8').split('\n').find((text) => text.startsWith(field));
    return Number(line.split(/\s+/)[1]) / 1024;
  } catch {
    return undefined;
  }
}

if (process.env[ONE] !== undefined) {
  console.log(JSON.stringify(await here(...JSON.parse(process.env[ONE]))));
}
