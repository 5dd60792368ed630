/** How far the provider's clock and ours may be apart, in ms: what the provider dates earlier than a call by more than this came before it. */
export const clockSlackMs = 60_000;
