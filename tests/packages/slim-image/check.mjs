// Creates a client of the API, which needs root certificates. Nothing is sent.
import { CallFluent } from 'callfluent';

const client = new CallFluent({ apiKey: 'test-key', baseUrl: 'https://api.callfluent.ai/api' });
console.log(client.baseUrl);
