// Receives webhooks with Fastify. The URL of the webhook action is
// `https://your-server/callfluent/SECRET`.
import { parse, verifySecret } from 'callfluent/webhooks';
import Fastify from 'fastify';

export const app = Fastify();

app.post('/callfluent/:secret', async (request) => {
  verifySecret(request.params.secret, process.env.CALLFLUENT_WEBHOOK_SECRET);
  const { phoneNumber, customer, transcription } = parse(request.body);
  console.log(phoneNumber, customer, transcription);
  return { received: true };
});
