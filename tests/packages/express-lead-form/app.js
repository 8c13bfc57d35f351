// A form whose fields start a call.
import express from 'express';
import { CallFluent, InvalidRequestError } from 'callfluent';

export function createApp(client = new CallFluent()) {
  const app = express();
  app.use(express.urlencoded({ extended: false }));
  app.post('/leads', async (request, response) => {
    const { agent, phone, ...fields } = request.body;
    try {
      const call = await client.calls.start(agent, { phoneNumber: phone, customFields: fields });
      response.status(201).json({ call: call.id });
    } catch (error) {
      if (!(error instanceof InvalidRequestError)) throw error;
      response.status(422).json({ errors: error.fieldErrors });
    }
  });
  return app;
}
