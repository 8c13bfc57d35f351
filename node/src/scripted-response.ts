// Scripted responses of the sandbox: checks them, and encodes them with the names and units that
// the control endpoints of all languages have.

import { anything, type Check, checked, type Checks, count } from './option-checks';
import { shown } from './records';
import type { ScriptedResponse } from './sandbox-types';

const MILLISECONDS = 1_000;

/** Names of the disconnects in JSON. */
const DISCONNECTS: Readonly<Record<NonNullable<ScriptedResponse['disconnect']>, string>> = {
  beforeResponse: 'before_response',
  inBody: 'in_body',
  reset: 'reset',
};

const disconnect: Check = (value) =>
  typeof value === 'string' && Object.hasOwn(DISCONNECTS, value)
    ? undefined
    : `expected one of ${Object.keys(DISCONNECTS).join(', ')}, got ${shown(value)}`;
const wholeSeconds: Check = (value) =>
  typeof value === 'number' && Number.isInteger(value / MILLISECONDS) && value >= 0
    ? undefined
    : `expected milliseconds: a multiple of 1,000, because the header has seconds, got ${shown(value)}`;

/** The sandbox checks the values of the others. */
const RESPONSE: Checks & Record<keyof ScriptedResponse, Check> = {
  operation: anything,
  pathContains: anything,
  after: anything,
  times: anything,
  probability: anything,
  seed: anything,
  forSeconds: anything,
  retryAfter: wholeSeconds,
  status: anything,
  headers: anything,
  body: anything,
  bodyText: anything,
  delay: count,
  processFirst: anything,
  disconnect,
};

/** Checks a scripted response, and converts it for the control endpoint. */
export function scriptedResponse(response: ScriptedResponse): object {
  const given = checked('sandbox.respond', response, RESPONSE, '{ status: 500 }');
  const { pathContains, bodyText, delay, processFirst, forSeconds, retryAfter, disconnect, ...rest } = given;
  return {
    ...rest,
    path_contains: pathContains,
    body_text: bodyText,
    delay_ms: delay,
    process_first: processFirst,
    for_seconds: forSeconds,
    retry_after: retryAfter === undefined ? undefined : retryAfter / MILLISECONDS,
    disconnect: disconnect === undefined ? undefined : DISCONNECTS[disconnect],
  };
}
