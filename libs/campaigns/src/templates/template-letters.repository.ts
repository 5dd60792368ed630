import { declareLetterPart } from '@heliograph/dead-letters';
import { messageLetters } from '@heliograph/messaging';

/** The template of a campaign's message. The message itself names it only until its body is made. */
declareLetterPart(
  'template',
  messageLetters,
  (d) => `SELECT r.template_id::text FROM campaign_runs r WHERE r.tenant_id = ${d}.tenant_id AND r.campaign_id = ${d}.group_id`,
);
