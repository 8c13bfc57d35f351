// The same test as an ES module, with the globals of Vitest.
import { CallFluent, NotFoundError } from 'callfluent';
import { Sandbox } from 'callfluent/sandbox';

let sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.start({ demo: true });
});
afterAll(() => sandbox.close());

test('a missing agent is an error of its own class', async () => {
  const client = new CallFluent({ apiKey: sandbox.apiKey, baseUrl: sandbox.baseUrl });
  await expect(client.agents.get(1)).rejects.toBeInstanceOf(NotFoundError);
});
