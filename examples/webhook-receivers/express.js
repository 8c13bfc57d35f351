// Receives webhooks with Express. The URL of the webhook action is
// `https://your-server/callfluent/SECRET`.
import { parse, verifySecret } from 'callfluent/webhooks';
import express from 'express';

export const app = express();

// Transcripts can be longer than the 100 KiB that Express accepts by default.
app.post('/callfluent/:secret', express.json({ limit: '1mb' }), (request, response) => {
  verifySecret(request.params.secret, process.env.CALLFLUENT_WEBHOOK_SECRET);
  const { phoneNumber, customer, transcription } = parse(request.body);
  console.log(phoneNumber, customer, transcription);
  response.json({ received: true });
});
