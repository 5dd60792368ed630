import { declareLogFields } from '@heliograph/kernel';

declareLogFields({
  hidden: ['x-webhook-signature', 'apiKey', 'api_key', 'webhookSecret', 'webhook_secret', 'qr', 'to', 'phone', 'text', 'caption'],
});
