/** What trying again does for work that ended for this reason. */
export type RedriveAdvice =
  /** Likely to succeed as it is. */
  | 'helps'
  /** Only after what is wrong was changed. */
  | 'after_fix'
  /** May give the recipient a second copy; a person must choose it. */
  | 'may_duplicate'
  /** Nothing to try: the reason is not a failure, or will be the same again. */
  | 'no';

/** A cause code in words. */
export interface Reason {
  code: string;
  text: string;
  /** What a person can do. */
  action: string;
  redrive: RedriveAdvice;
}

const reason = (code: string, redrive: RedriveAdvice, text: string, action: string): Reason => ({ code, text, action, redrive });

/** Every cause that a message, an attempt or a dead letter can carry. */
export const reasonCatalogue: readonly Reason[] = [
  reason('invalid_recipient', 'after_fix', 'The recipient is not on WhatsApp, or the address is malformed.', 'Correct the recipient and redrive, or discard.'),
  reason('invalid_content', 'after_fix', 'The provider refused the content: too large, an unsupported kind, or a link it cannot fetch.', 'Correct the content and redrive, or discard.'),
  reason('not_found', 'after_fix', 'The provider does not know something the message refers to, such as the group or the quoted message.', 'Check the recipient and the quoted message.'),
  reason('refused', 'after_fix', 'The provider refused the message for good.', 'Read the detail; correct what it names and redrive, or discard.'),
  reason('provider_error', 'helps', 'The provider took the message and later reported that WhatsApp did not.', 'Check the session and the recipient, then redrive.'),
  reason('retries_exhausted', 'helps', 'The provider could not be reached in eight tries. The message was never taken.', 'Redrive when the provider can be reached again.'),
  reason('outcome_unknown', 'may_duplicate', 'The answer to the call was lost, and no evidence was found whether the message left.', 'Look into the chat on the phone. Discard if it arrived; redrive with may_duplicate if it did not.'),
  reason('answer_lost', 'may_duplicate', 'The connection broke or the provider failed after the request was written: the message may have left.', 'Wait: evidence is looked for. If none is found, a dead letter is opened.'),
  reason('answer_unreadable', 'may_duplicate', 'The provider accepted the message without naming an id: it has probably left.', 'Wait: evidence is looked for. If none is found, a dead letter is opened.'),
  reason('worker_died', 'may_duplicate', 'The process that called the provider died before it read the answer. If it had not called yet, the message went back to its lane.', 'Nothing: a waiting message is sent, and evidence is looked for if it may have left.'),
  reason('evidence', 'no', 'The message was seen at WhatsApp, so it did leave.', 'Nothing.'),
  reason('late_answer', 'no', 'An answer came after its attempt was closed. It was noted and changed nothing.', 'Nothing.'),
  reason('claim_lost', 'no', 'A worker lost its claim before it called. The message went back to its lane.', 'Nothing: it is sent.'),
  reason('not_sent', 'helps', 'The provider could not be reached: connection, name or TLS failure before anything was written.', 'Nothing: it is tried again with growing pauses.'),
  reason('throttled', 'no', 'The provider asked to wait. The lane is paused until then; the message lost no try.', 'Nothing. If it happens often, lower the pace of the session.'),
  reason('session_down', 'after_fix', 'The session is not connected to WhatsApp. Its lane waits.', 'Link the session again.'),
  reason('unauthorised', 'after_fix', 'The provider refuses the API key or the account. The lane waits.', 'Renew the key of the session, or the subscription of the account.'),
  reason('expired', 'helps', 'The message was not sent before it expired.', 'Find out why its lane waited; then send it again.'),
  reason('duplicate_content', 'no', 'The same content went to the same recipient within the guarded time.', 'Nothing. To send it nevertheless, change the content or the guard of the class.'),
  reason('cancelled', 'no', 'The message was cancelled before it was sent.', 'Nothing.'),
  reason('redriven', 'no', 'A person put the message back on its lane.', 'Nothing.'),
  reason('discarded', 'no', 'A person decided not to pursue the message.', 'Nothing.'),
  reason('unreadable_hook', 'after_fix', 'A hook of the provider could not be read. It is stored as it came.', 'Report it. Redrive when a version that reads it runs.'),
];

const byCode = new Map(reasonCatalogue.map((entry) => [entry.code, entry]));

/** The catalogue's entry; a cause it does not hold still gets words. */
export function reasonOf(code: string): Reason {
  return byCode.get(code) ?? reason(code, 'helps', 'The work could not be done.', 'Read the detail, then redrive or discard.');
}
