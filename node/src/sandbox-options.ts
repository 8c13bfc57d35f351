// Checks the settings of a sandbox before it starts, so that an error has the names of the program.

import { InvalidRequestError, outside } from './errors';
import { type Check, type Checks, errorsOf, flag, text, wholeUpTo } from './option-checks';
import { holdsFields, shown, typeName } from './records';
import type { SandboxOptions } from './sandbox-types';

const LAST_PORT = 65_535;

const whole = wholeUpTo(Number.MAX_SAFE_INTEGER);
const port: Check = (value) =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= LAST_PORT
    ? undefined
    : `expected a port from 0 to ${LAST_PORT}, got ${shown(value)}`;
const names: Check = (value) =>
  Array.isArray(value) && value.every((name) => typeof name === 'string')
    ? undefined
    : `expected an array of strings, got ${typeName(value)}`;

const SETTINGS: Checks & Record<keyof SandboxOptions, Check> = {
  port,
  demo: flag,
  seed: whole,
  clock: whole,
  apiKey: text,
  pageSize: whole,
  secondsPerPoll: whole,
  agentLimit: whole,
  workspaceLimit: whole,
  journalLimit: whole,
  likelyFields: flag,
  dropFields: names,
  record: text,
  target: text,
  replay: text,
};

/** Checks the settings of a sandbox, and encodes them for the addon. */
export function encodeSettings(options: SandboxOptions): string {
  const errors = holdsFields(options) ? errorsOf(options, SETTINGS) : [{ field: 'options', reason: `expected an object, got ${typeName(options)}` }];
  if (errors.length > 0) {
    const listed = errors.map(({ field, reason }) => `${field}: ${reason}`).join('; ');
    throw outside(new InvalidRequestError(`Sandbox.start: ${listed}`, { fieldErrors: errors }));
  }
  // Test runners and worker threads replace `process.env`, so the addon does not read its own.
  return JSON.stringify({ ...options, offlineVariable: process.env['CALLFLUENT_OFFLINE'] });
}
