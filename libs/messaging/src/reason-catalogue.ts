import type { Reason } from '@heliograph/dead-letters';

/** Cause of a message that stayed without evidence: sending it again may be a second copy. */
export const unknownOutcome = 'outcome_unknown';

/** Every cause that a message, or a dead letter about one, may carry. */
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
    whatToDo: 'Check media links, sizes and fields.',
    redriveHelps: false,
  },
  {
    code: 'not_found',
    text: 'The provider does not know what the message refers to.',
    whatToDo: 'Check the quoted message or the group.',
    redriveHelps: false,
  },
  {
    code: 'refused',
    text: 'The provider refused the message for good.',
    whatToDo: 'Read the provider’s own words in the detail.',
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
    text: 'The provider could not be reached in eight tries.',
    whatToDo: 'Redrive once the provider is reachable.',
    redriveHelps: true,
  },
  {
    code: unknownOutcome,
    text: 'The answer of the provider was lost and no evidence was found since.',
    whatToDo: 'Ask the recipient, or redrive accepting a possible second copy.',
    redriveHelps: true,
    mayDuplicate: 'The person may have got this message already.',
  },
  {
    code: 'answer_lost',
    text: 'The answer of the provider was lost; evidence is being looked for.',
    whatToDo: 'Wait.',
    redriveHelps: false,
  },
  {
    code: 'answer_unreadable',
    text: 'The provider’s answer could not be read; evidence is being looked for.',
    whatToDo: 'Wait.',
    redriveHelps: false,
  },
  {
    code: 'answer_mismatched',
    text: 'The provider’s answer named another recipient; evidence is being looked for. It is never sent again by itself.',
    whatToDo: 'Ask the recipient, and tell the provider.',
    redriveHelps: false,
  },
  {
    code: 'worker_died',
    text: 'The process that was sending it ended; evidence is being looked for, or it goes back to its lane.',
    whatToDo: 'Wait.',
    redriveHelps: false,
  },
  {
    code: 'outcome_not_written',
    text: 'What the provider answered could not be stored; evidence is being looked for, or it goes back to its lane.',
    whatToDo: 'Wait; read the worker’s log for what the database refused.',
    redriveHelps: false,
  },
  {
    code: 'may_duplicate',
    text: 'A person released it although it may have been sent before: the database had been put back from a backup.',
    whatToDo: 'Nothing, or ask the recipient.',
    redriveHelps: false,
  },
  { code: 'claim_lost', text: 'It was leased and provably not called; it goes back to its lane.', whatToDo: 'Wait.', redriveHelps: false },
  {
    code: 'throttled',
    text: 'The provider asked the session to wait.',
    whatToDo: 'Wait; lower the pace if it repeats.',
    redriveHelps: false,
  },
  { code: 'session_down', text: 'The session is not connected.', whatToDo: 'Link it again.', redriveHelps: false },
  { code: 'unauthorised', text: 'The provider refuses the session’s key.', whatToDo: 'Set the current key.', redriveHelps: false },
  { code: 'not_sent', text: 'The provider could not be reached; it is tried again.', whatToDo: 'Wait.', redriveHelps: false },
  {
    code: 'template_failed',
    text: 'What the message says could not be made of its template and variables.',
    whatToDo: 'Read the detail; correct the template, then redrive, or send a text of your own.',
    redriveHelps: true,
  },
  {
    code: 'source_unavailable',
    text: 'What makes the message’s text cannot be asked at the moment; it waits in its lane.',
    whatToDo: 'Wait; if it lasts, look at the workers’ readiness.',
    redriveHelps: false,
  },
  { code: 'expired', text: 'Its time ran out before it could be sent.', whatToDo: 'Send a new one.', redriveHelps: false },
  { code: 'cancelled', text: 'It was taken back.', whatToDo: 'Nothing.', redriveHelps: false },
  {
    code: 'duplicate_content',
    text: 'The same content went to the same person within the guard’s window.',
    whatToDo: 'Nothing, or shorten the window.',
    redriveHelps: false,
  },
  { code: 'opted_out', text: 'The person opted out.', whatToDo: 'Nothing; they may opt in again.', redriveHelps: false },
  {
    code: 'bad_number',
    text: 'The number was found not to be on WhatsApp, or kept failing.',
    whatToDo: 'Check the number; lift the suppression if it is right.',
    redriveHelps: false,
  },
  { code: 'suppressed', text: 'The address is on the suppression list.', whatToDo: 'Lift the suppression.', redriveHelps: false },
  {
    code: 'agency_suppressed',
    text: 'The address is on the suppression list of the whole installation.',
    whatToDo: 'Ask its operator.',
    redriveHelps: false,
  },
  { code: 'discarded', text: 'A person put it away.', whatToDo: 'Nothing.', redriveHelps: false },
  { code: 'evidence', text: 'It came back from WhatsApp, or was found in the provider’s log.', whatToDo: 'Nothing.', redriveHelps: false },
  { code: 'redriven', text: 'A person, or the tenant’s policy, had it sent again.', whatToDo: 'Nothing.', redriveHelps: false },
  { code: 'late_answer', text: 'The answer of an earlier attempt came too late to count.', whatToDo: 'Nothing.', redriveHelps: false },
];
