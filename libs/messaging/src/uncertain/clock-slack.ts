/**
 * Maximum difference between the provider's clock and ours, in ms. A row that the provider dates earlier than a call by more than this is
 * older than the call.
 */
export const clockSlackMs = 60_000;
