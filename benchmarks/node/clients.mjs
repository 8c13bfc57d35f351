// The benchmark clients. Each function makes one client and returns its tasks. Each task reads a
// field of the response, as users do. Imports are inside of the functions, since the time to a
// first response includes them.

const headers = { authorization: 'Bearer some-key' };
const agentName = (response) => response.data.agent.name;
const agentUrl = (baseUrl) => `${baseUrl}/agent/get-one/7`;

/** Number of values that are not null. */
const valuesOf = (calls) => calls.reduce((sum, call) => sum + Object.values(call).filter((value) => value !== null).length, 0);

export async function nothing() {
  return {};
}

export async function callfluent(baseUrl, options = {}) {
  const { CallFluent } = await import('callfluent');
  const make = () => new CallFluent({ apiKey: 'some-key', baseUrl, ...options });
  const client = make();
  const page = async (pages, number) => (await client.calls.list(pages, { page: number })).items;
  return {
    agent: async () => (await client.agents.get(7)).agent.name,
    page: async () => (await page(1, 1)).length,
    read: async () => (await page(1, 1)).filter(({ id, status }) => id > 0 && status === 'completed').length,
    'read-all': async () => valuesOf(await page(1, 1)),
    agents: async (length) => (await client.agents.list(length)).length,
    calls: async (pages) => {
      let calls = 0;
      for await (const call of client.calls.list(pages)) {
        calls += call.id > 0 ? 1 : 0;
      }
      return calls;
    },
    histories: async (agents) => {
      const ids = Array.from({ length: agents }, (_, index) => 1_000 + index);
      const results = await client.calls.listMany(ids, { maxConcurrency: 64 });
      return results.filter(({ value }) => value?.length === 20).length;
    },
    upload: (path) => client.knowledge.uploadOnly(7, [path], { timeout: 600_000 }),
    another: make,
  };
}

/** The same client with hooks that do nothing. */
export async function hooks(baseUrl) {
  return callfluent(baseUrl, { hooks: { beforeAttempt() {}, afterAttempt() {} } });
}

export async function undici(baseUrl) {
  const { request } = await import('undici');
  const json = async (path) => (await request(baseUrl + path, { headers })).body.json();
  const history = async (agent) => {
    const calls = [];
    for (let page = 1; ; page += 1) {
      const { data } = await json(`/agent/${agent}/calls?page=${page}`);
      if (data.length === 0) return calls;
      calls.push(...data);
    }
  };
  return {
    agent: async () => agentName(await (await request(agentUrl(baseUrl), { headers })).body.json()),
    /** 64 agents at once. IDs from 1,000 on have one page of 20 calls. */
    histories: async (agents) => {
      let [next, complete] = [1_000, 0];
      const worker = async () => {
        while (next < 1_000 + agents) {
          const agent = next;
          next += 1;
          const calls = await history(agent);
          complete += calls.length === 20 ? 1 : 0;
        }
      };
      await Promise.all(Array.from({ length: 64 }, worker));
      return complete;
    },
  };
}

export async function fetch(baseUrl) {
  return { agent: async () => agentName(await (await globalThis.fetch(agentUrl(baseUrl), { headers })).json()) };
}

export async function axios(baseUrl) {
  const { default: client } = await import('axios');
  return { agent: async () => agentName((await client.get(agentUrl(baseUrl), { headers })).data) };
}

export async function got(baseUrl) {
  const { default: client } = await import('got');
  return { agent: async () => agentName(await client(agentUrl(baseUrl), { headers }).json()) };
}

export async function impit(baseUrl) {
  const { Impit } = await import('impit');
  const client = new Impit();
  return { agent: async () => agentName(await (await client.fetch(agentUrl(baseUrl), { headers })).json()) };
}

export async function retell(baseUrl) {
  const { default: Retell } = await import('retell-sdk');
  const client = new Retell({ apiKey: 'some-key', baseURL: baseUrl });
  return { agent: async () => (await client.agent.retrieve('7')).agent_name };
}

export async function vapi(baseUrl) {
  const { VapiClient } = await import('@vapi-ai/server-sdk');
  const client = new VapiClient({ token: 'some-key', environment: baseUrl });
  return { agent: async () => (await client.assistants.get({ id: '7' })).name };
}

export async function openai(baseUrl) {
  const { default: OpenAI } = await import('openai');
  const client = new OpenAI({ apiKey: 'some-key', baseURL: baseUrl });
  return { agent: async () => (await client.models.retrieve('7')).owned_by };
}

/** Not a client: V8's JSON decoder, with the bytes of a page. */
export async function json(baseUrl) {
  const body = Buffer.from(await (await globalThis.fetch(`${baseUrl}/agent/1/calls?page=1`)).arrayBuffer());
  const calls = () => JSON.parse(body.toString()).data;
  return {
    page: async () => calls().length,
    'read-all': async () => valuesOf(calls()),
    read: async () => calls().filter(({ id, status }) => id > 0 && status === 'completed').length,
  };
}
