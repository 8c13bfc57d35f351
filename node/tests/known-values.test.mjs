// Known values of fields: names, labels, line types, and the offset of a zone that is passed by its
// name.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { callfluent, folder } from './support/package.mjs';
import { json, serve } from './support/server.mjs';

const { AgentType, KNOWN_VALUES, LineType, OpenaiModel, Timezone, Tone } = callfluent;
const AGENT = {
  workspaceId: 1, format: 'inbound', timezone: 'UTC+00:00', name: 'Reception', lang: 'en', voice: 'alloy',
  agentType: AgentType.Support, background: 'b', goal: 'g', tone: Tone.Professional, instructions: 'i',
};

async function agents(context) {
  const server = await serve((_, response) => json(response, { status: true, data: { id: 1 } }));
  context.after(server.close);
  return { agents: server.client().agents, recorded: server.recorded };
}

test('known values have names and labels', () => {
  assert.deepEqual(Tone, { Professional: 'a Professional', Empathic: 'an Empathic', Creative: 'a Creative' });
  assert.deepEqual(
    KNOWN_VALUES.AgentType.map(({ value, label }) => [value, label]),
    [['sales', 'Sales representative'], ['support', 'Support agent'], ['lead', 'Lead engagement']],
  );
  assert.deepEqual(KNOWN_VALUES.LineType[1], { value: 'mobile', label: 'mobile', number: 2, certainty: 'printed' });
  assert.equal(OpenaiModel.Gpt4oMini, 'gpt-4o-mini');
});

test('hover texts have labels and certainty', () => {
  const text = readFileSync(join(folder, 'dist/generated/values.d.ts'), 'utf8').replace(/\n\s*\* ?/g, ' ');
  const stated = {
    documented: 'The API reference contains this value.',
    printed: 'Certainty: printed on another public page',
    inferred: 'Certainty: inferred',
  };
  for (const [name, values] of Object.entries(KNOWN_VALUES)) {
    const declaration = text.slice(text.indexOf(`export declare const ${name}: {`));
    for (const { value, label, number, certainty } of values) {
      const hover = declaration.slice(declaration.indexOf(`\`${value}\`: `)).split('*/')[0];
      assert.ok(hover.includes(stated[certainty]), `${name} ${value}: ${hover}`);
      assert.ok(label === value || hover.includes(`Label: ${label}.`), hover);
      assert.ok(number === undefined || hover.includes(`Number: ${number}.`), hover);
    }
  }
});

test('known values are sent as strings, line types as numbers', async (context) => {
  const { agents: target, recorded } = await agents(context);
  await target.create({ ...AGENT, timezone: Timezone.UtcPlus0545, blockedPhoneTypes: [LineType.Mobile, 1, 'pager'] });
  const sent = JSON.parse(recorded[0].body);
  assert.deepEqual([sent.tone, sent.agent_type, sent.timezone], ['a Professional', 'support', 'UTC+05:45']);
  assert.equal(sent.blocked_phone_types, '2,1,11');
});

test('the name of a zone is rejected with its offset', async (context) => {
  const { agents: target, recorded } = await agents(context);
  await assert.rejects(target.create({ ...AGENT, timezone: 'Asia/Kathmandu' }), (error) => {
    assert.match(error.message, /got "Asia\/Kathmandu", which is UTC\+05:45 today/);
    assert.match(error.fieldErrors[0].reason, /which is UTC\+05:45 today$/);
    return true;
  });
  await assert.rejects(target.create({ ...AGENT, timezone: 'Etc/GMT' }), /which is UTC\+00:00 today/);
  await assert.rejects(target.create({ ...AGENT, timezone: 'Mars/Olympus' }), ({ fieldErrors }) => {
    assert.match(fieldErrors[0].reason, /got "Mars\/Olympus"$/);
    return true;
  });
  assert.equal(recorded.length, 0);
});
