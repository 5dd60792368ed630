import { declareLogFields } from '@heliograph/kernel';

declareLogFields({
  hidden: ['hookToken', 'hook_token', 'confirmedPhone'],
  // API keys.
  secrets: [[/\bhg_live_[0-9a-f]+/g, 'hg_live_[redacted]']],
});
