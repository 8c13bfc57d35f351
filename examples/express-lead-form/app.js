// A lead form: a visitor leaves a phone number, an agent calls, and the result comes by webhook.
// It reads CALLFLUENT_API_KEY, CALLFLUENT_BASE_URL, AGENT_ID and WEBHOOK_SECRET.
import { CallFluent, CallFluentError, InvalidRequestError } from 'callfluent';
import { parse, verifySecret } from 'callfluent/webhooks';
import express from 'express';

const FORM = `<!doctype html><html lang="en"><title>Call me</title>
<form method="post" action="/leads">
<label>Name <input name="name" required></label>
<label>Phone number <input name="phoneNumber" type="tel" required></label>
<button>Call me now</button></form></html>`;

/** Returns the application. One client for the whole application shares its connections. */
export function createApp() {
  const client = new CallFluent();
  const results = new Map();
  const app = express();
  app.use(express.urlencoded({ extended: false }), express.json());

  app.get('/', (request, response) => {
    response.send(FORM);
  });

  app.post('/leads', async (request, response) => {
    const { name, phoneNumber } = request.body;
    try {
      await client.calls.start(process.env.AGENT_ID, { phoneNumber, name });
    } catch (error) {
      if (error instanceof InvalidRequestError) {
        // The number is invalid, and nothing was sent.
        response.status(422).json({ error: error.message });
      } else if (error instanceof CallFluentError && error.outcomeUnknown) {
        // The phone may be ringing. Another request could call the visitor twice.
        response.status(202).json({ state: 'unknown' });
      } else {
        response.status(503).json({ error: 'the call could not be started; try again' });
      }
      return;
    }
    response.status(202).json({ state: 'calling' });
  });

  // The secret in the URL is the only proof of the origin of a webhook.
  app.post('/webhooks/:secret', (request, response) => {
    verifySecret(request.params.secret, process.env.WEBHOOK_SECRET);
    const result = parse(request.body);
    results.set(result.phoneNumber, result);
    response.status(204).end();
  });

  app.get('/agents/:id', async (request, response) => {
    const { agent, totalCalls } = await client.agents.get(request.params.id);
    response.json({ name: agent.name, calls: totalCalls });
  });

  app.get('/leads/:phoneNumber', (request, response) => {
    const result = results.get(request.params.phoneNumber);
    response.status(result ? 200 : 404).json(result ?? { error: 'no result yet' });
  });

  // Express would respond with the status of a CallFluentError, such as 401 for a wrong API key.
  app.use((error, request, response, next) => {
    next(error instanceof CallFluentError ? new Error('the request to CallFluent failed', { cause: error }) : error);
  });

  return app;
}
