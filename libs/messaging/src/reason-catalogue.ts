import type { Reason } from '@heliograph/dead-letters';

/** Cause of a message of unknown outcome for which no evidence was found: sending it again may deliver a second copy. */
export const unknownOutcome = 'outcome_unknown';

/** Every cause that a message, or a dead letter about one, may have. */
export const messageReasons: readonly Reason[] = [
  {
    code: 'invalid_recipient',
    text: 'The address is not on WhatsApp.',
    whatToDo: 'Correct the number, then redrive with the new one.',
    redriveHelps: false,
  },
  {
    code: 'invalid_content',
    text: 'The provider refused the content.',
    whatToDo: 'Check the media link, the size and the fields.',
    redriveHelps: false,
  },
  {
    code: 'not_found',
    text: 'The provider does not know the quoted message or the group.',
    whatToDo: 'Check the quoted message or the group.',
    redriveHelps: false,
  },
  {
    code: 'refused',
    text: 'The provider refused the message permanently.',
    whatToDo: 'Read the provider’s answer in the detail.',
    redriveHelps: true,
  },
  {
    code: 'provider_error',
    text: 'WhatsApp reported an error after the provider had accepted the message.',
    whatToDo: 'Check the number, then redrive.',
    redriveHelps: true,
  },
  {
    code: 'retries_exhausted',
    text: 'The provider could not be reached in eight attempts.',
    whatToDo: 'Redrive once the provider is reachable.',
    redriveHelps: true,
  },
  {
    code: unknownOutcome,
    text: 'The provider’s answer was lost, and no evidence was found.',
    whatToDo: 'Ask the recipient, or redrive and accept a possible second copy.',
    redriveHelps: true,
    mayDuplicate: 'The person may have received this message already.',
  },
  {
    code: 'answer_lost',
    text: 'The provider’s answer was lost. Heliograph is looking for evidence.',
    whatToDo: 'Wait.',
    redriveHelps: false,
  },
  {
    code: 'answer_unreadable',
    text: 'The provider’s answer could not be read. Heliograph is looking for evidence.',
    whatToDo: 'Wait.',
    redriveHelps: false,
  },
  {
    code: 'answer_mismatched',
    text: 'The provider’s answer named another recipient. Heliograph is looking for evidence and never sends the message again automatically.',
    whatToDo: 'Ask the recipient, and report it to the provider.',
    redriveHelps: false,
  },
  {
    code: 'worker_died',
    text: 'The process that was sending the message ended. The message returns to its lane, or Heliograph is looking for evidence.',
    whatToDo: 'Wait.',
    redriveHelps: false,
  },
  {
    code: 'outcome_not_written',
    text: 'The provider’s answer could not be stored. The message returns to its lane, or Heliograph is looking for evidence.',
    whatToDo: 'Wait. The worker’s log shows the error of the database.',
    redriveHelps: false,
  },
  {
    code: 'may_duplicate',
    text: 'The database was restored from a backup, and a person released the message although it may have been sent before.',
    whatToDo: 'Nothing, or ask the recipient.',
    redriveHelps: false,
  },
  {
    code: 'claim_lost',
    text: 'The message was leased but provably not sent. It returns to its lane.',
    whatToDo: 'Wait.',
    redriveHelps: false,
  },
  {
    code: 'throttled',
    text: 'The provider asked the session to wait.',
    whatToDo: 'Wait. Lower the pace if this repeats.',
    redriveHelps: false,
  },
  { code: 'session_down', text: 'The session is not connected.', whatToDo: 'Link the session again.', redriveHelps: false },
  { code: 'unauthorised', text: 'The provider refuses the session’s key.', whatToDo: 'Set the current key.', redriveHelps: false },
  { code: 'not_sent', text: 'The provider could not be reached. Heliograph tries again.', whatToDo: 'Wait.', redriveHelps: false },
  {
    code: 'template_failed',
    text: 'The text could not be made from its template and variables.',
    whatToDo: 'Read the detail. Correct the template and redrive, or redrive with a text of your own.',
    redriveHelps: true,
  },
  {
    code: 'source_unavailable',
    text: 'The source of the message’s text is not available at the moment. The message waits in its lane.',
    whatToDo: 'Wait. If this lasts, check the readiness of the workers.',
    redriveHelps: false,
  },
  { code: 'expired', text: 'The message expired before it could be sent.', whatToDo: 'Send a new message.', redriveHelps: false },
  { code: 'cancelled', text: 'The message was cancelled.', whatToDo: 'Nothing.', redriveHelps: false },
  {
    code: 'duplicate_content',
    text: 'The same content went to the same person within the window of the content guard.',
    whatToDo: 'Nothing, or shorten the window.',
    redriveHelps: false,
  },
  {
    code: 'duplicate',
    text: 'The contact was merged with another one that has a message of the same campaign.',
    whatToDo: 'Nothing.',
    redriveHelps: false,
  },
  {
    code: 'import_undone',
    text: 'The import that added the person, or recorded their consent, was undone.',
    whatToDo: 'Nothing. Import the right people and send to them.',
    redriveHelps: false,
  },
  {
    code: 'frequency_cap',
    text: 'The person got as many messages of campaigns as the frequency cap of the tenant allows.',
    whatToDo: 'Nothing, or raise the cap.',
    redriveHelps: false,
  },
  { code: 'opted_out', text: 'The person opted out.', whatToDo: 'Nothing. The person may opt in again.', redriveHelps: false },
  {
    code: 'bad_number',
    text: 'The number is not on WhatsApp, or messages to it failed repeatedly.',
    whatToDo: 'Check the number. Remove the suppression if the number is correct.',
    redriveHelps: false,
  },
  { code: 'suppressed', text: 'The address is on the suppression list.', whatToDo: 'Remove the suppression.', redriveHelps: false },
  {
    code: 'agency_suppressed',
    text: 'The address is on the suppression list of the whole installation.',
    whatToDo: 'Ask the operator of the installation.',
    redriveHelps: false,
  },
  { code: 'discarded', text: 'A person discarded the message.', whatToDo: 'Nothing.', redriveHelps: false },
  {
    code: 'evidence',
    text: 'An echo from WhatsApp or the provider’s log proved that the message was sent.',
    whatToDo: 'Nothing.',
    redriveHelps: false,
  },
  { code: 'redriven', text: 'A person or the tenant’s policy sent the message again.', whatToDo: 'Nothing.', redriveHelps: false },
  { code: 'late_answer', text: 'The answer of an earlier attempt came too late to count.', whatToDo: 'Nothing.', redriveHelps: false },
];
