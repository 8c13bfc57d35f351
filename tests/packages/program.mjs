// Runs a program of a folder against a sandbox, as a user would start it.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Sandbox } from 'callfluent/sandbox';

/** Starts a sandbox that stops with the test. */
export async function startSandbox(context, options = { demo: true }) {
  const sandbox = await Sandbox.start(options);
  context.after(() => sandbox.close());
  return sandbox;
}

/** Returns the variables of a program that uses a sandbox. */
export function environment(sandbox) {
  return { ...process.env, CALLFLUENT_API_KEY: sandbox.apiKey, CALLFLUENT_BASE_URL: sandbox.baseUrl };
}

/** Runs a program of Node and returns what it prints. */
export async function run(program, { sandbox, args = [], cwd, env = {} }) {
  const path = program instanceof URL ? fileURLToPath(program) : program;
  const options = { cwd, env: { ...environment(sandbox), ...env }, timeout: 60_000 };
  return (await promisify(execFile)(process.execPath, [path, ...args], options)).stdout;
}
