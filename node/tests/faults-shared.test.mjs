// The client keeps its word when the server or the network misbehaves: every scenario of
// `tests/faults`, which drivers in all languages share.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { expectedValue, filledIn, PROGRAM, runAll, scenarios } from './support/fault-runs.mjs';
import { camel } from './support/vectors.mjs';

const PASSWORD = 'proxy-secret';

test('the client keeps its word in every scenario', async (context) => {
  // Skipped it would look like passed.
  assert.ok(PROGRAM !== undefined, 'CALLFLUENT_FAULT_SERVER does not say where the program is; cargo xtask test does');
  assert.ok(scenarios.length > 100, `${scenarios.length} scenarios`);
  const faults = await runAll();
  context.after(faults.close);
  for (const scenario of scenarios) {
    await context.test(scenario.name, async () => {
      const { name, expect } = scenario;
      const outcome = faults.outcomes[name];
      if ('value' in expect) {
        assert.ok('value' in outcome, outcome.error?.message);
        assert.ok(within(expectedValue(scenario), outcome.value), JSON.stringify(outcome.value));
      } else {
        assert.ok('error' in outcome, JSON.stringify(outcome.value));
        checkError(expect, faults.addresses[name], outcome.error);
      }
      const [least, most] = expect.elapsed ?? [0, 4];
      assert.ok(outcome.elapsed >= least && outcome.unloaded <= most, `${outcome.elapsed} s, ${outcome.unloaded} s without load`);
      if (expect.peak_memory_mib !== undefined && outcome.peakMemoryMib !== undefined) {
        assert.ok(outcome.peakMemoryMib <= expect.peak_memory_mib, `${outcome.peakMemoryMib} MiB`);
      }
      await checkSeen(expect, () => faults.seen(name));
    });
  }
});

function checkError(expect, addresses, error) {
  assert.equal(error.name, expect.error, error.message);
  for (const part of expect.message) {
    assert.ok(error.message.includes(filledIn(part, addresses)), `${error.message} does not say ${part}`);
  }
  const shown = JSON.stringify(error);
  assert.ok(!shown.includes(addresses.secret) && !shown.includes(PASSWORD), shown);
  if (expect.error === 'InvalidRequestError') {
    assert.deepEqual(error.fieldErrors, expect.field_errors.map(camel));
    return;
  }
  assert.equal(error.status, expect.status);
  assert.equal(error.outcomeUnknown, expect.outcome_unknown ?? false, error.message);
  const seconds = error.retryAfter === undefined ? undefined : error.retryAfter / 1_000;
  assert.ok(between(seconds, expect.retry_after), `${error.retryAfter}`);
  assert.equal(error.attempts, expect.attempts ?? error.attempts);
}

async function checkSeen(expect, look) {
  const seen = await look();
  for (const [server, field, usual] of [
    ['main', 'requests', 1],
    ['other', 'other_requests', 0],
    ['proxy', 'proxy_requests', 0],
  ]) {
    if (seen[server] === null) {
      continue;
    }
    const { requests } = seen[server];
    assert.equal(requests.length, expect[field] ?? usual, field);
    for (const request of requests) {
      // The key is for the server alone. A proxy sees it only if nothing is encrypted.
      const keyed = server === 'main' || (server === 'proxy' && request.method !== 'CONNECT');
      assert.equal(request.has_key, keyed, `${server}: ${JSON.stringify(request)}`);
      assert.deepEqual(request.key_elsewhere, [], server);
    }
    assert.ok(!JSON.stringify(requests).includes('x-injected"'));
  }
  if (seen.main === null) {
    return;
  }
  const { requests } = seen.main;
  if (expect.paths !== undefined) {
    assert.deepEqual(requests.map(({ path }) => path), expect.paths);
  }
  if (expect.version !== undefined) {
    assert.ok(requests.every(({ version }) => version === expect.version));
  }
  if (expect.parts !== undefined) {
    assert.deepEqual(requests[0].parts, expect.parts);
  }
  if (expect.abandoned !== undefined) {
    // A connection's end is seen a little later than it is made.
    let found;
    for (const end = Date.now() + 20_000; found !== expect.abandoned && Date.now() < end; ) {
      found = (await look()).main.connections.filter(({ abandoned }) => abandoned).length;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal(found, expect.abandoned);
  }
}

/** Returns true if everything expected is present; objects may have more fields. */
function within(wanted, found) {
  if (Array.isArray(wanted)) {
    return Array.isArray(found) && wanted.length === found.length && wanted.every((item, at) => within(item, found[at]));
  }
  return typeof wanted === 'object' && wanted !== null
    ? typeof found === 'object' && found !== null && Object.entries(wanted).every(([name, value]) => within(value, found[name]))
    : wanted === found;
}

/** Returns true if a number is the expected one, or between the expected two. */
function between(found, wanted) {
  return Array.isArray(wanted) ? wanted[0] <= found && found <= wanted[1] : found === wanted;
}
