// ES module entry point `callfluent/webhooks`.

export { generateSecret, parse, verifySecret, WebhookError, type WebhookPayload } from './webhooks.js';
