/** What a cause means, for people: shared by the API and every screen. */
export interface Reason {
  code: string;
  text: string;
  whatToDo: string;
  /** Whether sending it again can help. */
  redriveHelps: boolean;
}

/** Every cause a message or a dead letter may carry. */
export const reasonCatalogue: readonly Reason[] = [
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
    code: 'outcome_unknown',
    text: 'The answer of the provider was lost and no evidence was found since.',
    whatToDo: 'Ask the recipient, or redrive accepting a possible second copy.',
    redriveHelps: true,
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
  {
    code: 'callback_undelivered',
    text: 'An endpoint took none of the attempts of a callback.',
    whatToDo: 'Repair the endpoint, then redrive.',
    redriveHelps: true,
  },
  {
    code: 'unknown_event',
    text: 'An event of a name that is not in the catalogue.',
    whatToDo: 'Put its type into the catalogue, then redrive; or discard.',
    redriveHelps: true,
  },
  {
    code: 'invalid_payload',
    text: 'An event whose payload does not fit its schema.',
    whatToDo: 'Read the detail; correct the schema and redrive, or the sender.',
    redriveHelps: true,
  },
  {
    code: 'invalid_subject',
    text: 'An event whose subject’s phone number cannot be read.',
    whatToDo: 'Correct the sender, who then sends it under another id.',
    redriveHelps: false,
  },
  {
    code: 'unknown_subject',
    text: 'An event about an id that no contact has, without an address.',
    whatToDo: 'Make the contact, then redrive.',
    redriveHelps: true,
  },
  {
    code: 'rule_failed',
    text: 'A rule could not be followed for an event.',
    whatToDo: 'Read the detail and the event’s results; correct the rule, then redrive. What other rules did is not done twice.',
    redriveHelps: true,
  },
  {
    code: 'unreadable_event',
    text: 'Reading an event failed again and again.',
    whatToDo: 'Redrive after an update, or discard.',
    redriveHelps: true,
  },
  {
    code: 'unreadable_broker_message',
    text: 'A message of a broker is not a CloudEvent that can be read.',
    whatToDo: 'Read the detail and correct the sender; redrive helps only after an update.',
    redriveHelps: false,
  },
  {
    code: 'refused_broker_message',
    text: 'A message of a broker was read and could not be taken.',
    whatToDo: 'Read the detail; correct the sender, or put right what it refers to and redrive.',
    redriveHelps: true,
  },
  { code: 'discarded', text: 'A person put it away.', whatToDo: 'Nothing.', redriveHelps: false },
  { code: 'evidence', text: 'It came back from WhatsApp, or was found in the provider’s log.', whatToDo: 'Nothing.', redriveHelps: false },
  { code: 'redriven', text: 'A person, or the tenant’s policy, had it sent again.', whatToDo: 'Nothing.', redriveHelps: false },
  { code: 'late_answer', text: 'The answer of an earlier attempt came too late to count.', whatToDo: 'Nothing.', redriveHelps: false },
  { code: 'unreadable_hook', text: 'A hook could not be read.', whatToDo: 'Redrive after an update, or discard.', redriveHelps: true },
];
