// Receives webhooks with Hono. The URL of the webhook action is
// `https://your-server/callfluent/SECRET`.
import { parse, verifySecret } from 'callfluent/webhooks';
import { Hono } from 'hono';

export const app = new Hono();

app.post('/callfluent/:secret', async (context) => {
  verifySecret(context.req.param('secret'), process.env.CALLFLUENT_WEBHOOK_SECRET);
  const { phoneNumber, customer, transcription } = parse(await context.req.text());
  console.log(phoneNumber, customer, transcription);
  return context.json({ received: true });
});
