/** Words of the causes of dead letters and of a message's states: the meaning, and what to do. Those of events are with the events. */
export const reasons = {
  agency_suppressed: {
    text: 'The address is on the suppression list of the whole installation.',
    do: 'Ask the people who run the installation.',
  },
  answer_lost: { text: 'The provider’s answer was lost. Evidence is being looked for.', do: 'Wait.' },
  answer_mismatched: {
    text: 'The provider’s answer named another recipient. Evidence is being looked for; the message is never sent again by itself.',
    do: 'Ask the recipient, and report it to the provider.',
  },
  answer_unreadable: { text: 'The provider’s answer could not be read. Evidence is being looked for.', do: 'Wait.' },
  bad_number: {
    text: 'The number is not on WhatsApp, or messages to it failed repeatedly.',
    do: 'Check the number. Lift the suppression if the number is right.',
  },
  callback_undelivered: { text: 'The endpoint accepted none of the tries of a callback.', do: 'Repair the endpoint, then redrive.' },
  campaign_over: {
    text: 'The campaign of the message is over: nothing more of it is sent.',
    do: 'Discard the letter. To reach the person, send a new message or make a follow-up.',
  },
  cancelled: { text: 'The message was cancelled.', do: 'Nothing.' },
  claim_lost: { text: 'A worker had taken the message and provably did not send it. It is back in its lane.', do: 'Wait.' },
  discarded: { text: 'A person discarded the message.', do: 'Nothing.' },
  duplicate: { text: 'The contact was merged with another one that has a message of the same campaign.', do: 'Nothing.' },
  duplicate_content: {
    text: 'The same content went to the same person shortly before, within the time of the guard against copies.',
    do: 'Nothing, or shorten that time in the settings.',
  },
  evidence: { text: 'An echo from WhatsApp or the provider’s log proved that the message was sent.', do: 'Nothing.' },
  expired: { text: 'The message expired before it could be sent.', do: 'Send a new message.' },
  file_failed: {
    text: 'The provider does not take the file of the message, or the file no longer exists.',
    do: 'Read the provider’s answer in the detail. Send another file.',
  },
  file_unavailable: {
    text: 'The provider does not have the file of the message yet. The message waits in its lane.',
    do: 'Wait. If this lasts, read the detail: the upload fails.',
  },
  frequency_cap: {
    text: 'The person got as many messages of campaigns as the frequency cap of the client allows.',
    do: 'Nothing, or raise the cap.',
  },
  group_cancelled: {
    text: 'The group of the message was cancelled.',
    do: 'Discard the letter. To reach the person, send a new message.',
  },
  import_undone: {
    text: 'The import that added the person, or recorded their consent, was undone.',
    do: 'Nothing. Import the right people and send to them.',
  },
  invalid_content: { text: 'The provider refused the content.', do: 'Check the link of the file, its size and the fields.' },
  invalid_recipient: { text: 'The address is not on WhatsApp.', do: 'Correct the number, then redrive with the new one.' },
  late_answer: { text: 'The answer of an earlier attempt came too late to count.', do: 'Nothing.' },
  may_duplicate: {
    text: 'The database was restored from a backup, and a person released the message although it may have been sent before.',
    do: 'Nothing, or ask the recipient.',
  },
  message_deleted: { text: 'The message was deleted.', do: 'Discard the letter. To reach the person, send a new message.' },
  missed_window: {
    text: 'The time to send the message was over, and its campaign skips what is late.',
    do: 'Send a new campaign to these people, or let late messages wait for the next time to send.',
  },
  no_consent: {
    text: 'The person has no consent to marketing any more, which the campaign requires.',
    do: 'Discard the letter, or record a consent that the person gave.',
  },
  not_found: {
    text: 'The provider does not know the quoted message or the group.',
    do: 'Check the quoted message or the group.',
  },
  not_sent: { text: 'The provider could not be reached. It is tried again.', do: 'Wait.' },
  opted_out: { text: 'The person opted out.', do: 'Nothing. The person may opt in again.' },
  outcome_not_written: {
    text: 'The provider’s answer could not be stored. The message is back in its lane, or evidence is being looked for.',
    do: 'Wait. The worker’s log shows the error of the database.',
  },
  outcome_unknown: {
    text: 'The provider’s answer was lost, and no evidence was found.',
    do: 'Ask the recipient, or redrive and accept a possible second copy.',
  },
  provider_error: {
    text: 'WhatsApp reported an error after the provider had accepted the message.',
    do: 'Check the number, then redrive.',
  },
  redriven: { text: 'A person or the client’s setting sent the message again.', do: 'Nothing.' },
  refused: { text: 'The provider refused the message for good.', do: 'Read the provider’s answer in the detail.' },
  refused_broker_message: {
    text: 'The message of a broker was read and could not be stored.',
    do: 'Read the detail. Correct the sender, or correct what the message refers to and redrive.',
  },
  retries_exhausted: {
    text: 'The provider could not be reached in eight attempts.',
    do: 'Redrive once the provider can be reached.',
  },
  session_down: { text: 'The number is not connected.', do: 'Link the number again.' },
  source_unavailable: {
    text: 'What the text of the message is made from cannot be read at the moment. The message waits in its lane.',
    do: 'Wait. If this lasts, check whether the workers are ready.',
  },
  suppressed: { text: 'The address is on the suppression list.', do: 'Lift the suppression.' },
  template_failed: {
    text: 'The text could not be made from its template and variables.',
    do: 'Read the detail. Correct the template and redrive, or redrive with a text of your own.',
  },
  throttled: { text: 'The provider asked the number to wait.', do: 'Wait. Lower the pace if this repeats.' },
  unauthorised: { text: 'The provider refuses the key of the number.', do: 'Set the current key.' },
  unreadable_broker_message: {
    text: 'The message of a broker is not a readable CloudEvent.',
    do: 'Read the detail and correct the sender. A redrive helps only after an update.',
  },
  unreadable_hook: { text: 'A hook could not be read.', do: 'Redrive after an update, or discard.' },
  worker_died: {
    text: 'The process that was sending the message ended. The message is back in its lane, or evidence is being looked for.',
    do: 'Wait.',
  },
};
