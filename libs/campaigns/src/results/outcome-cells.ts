import type { MessageState } from '@heliograph/messaging';

/** Outcomes so far, in the order in which screens show them. Every person of the audience is in exactly one. */
export const campaignCells = ['read', 'delivered', 'sent', 'failed', 'waiting', 'left_out'] as const;
export type CampaignCell = (typeof campaignCells)[number];

/** Kinds of `failed`: refused or given up, cancelled, not sent before the end. */
export const failedKinds = ['failed', 'cancelled', 'expired'] as const satisfies MessageState[];
export type FailedKind = (typeof failedKinds)[number];

/** Kinds of `left_out`: left out by the launch, suppressed at the claim. */
export const leftOutKinds = ['skipped', 'suppressed'] as const;
export type LeftOutKind = (typeof leftOutKinds)[number];

/** States of the messages of each outcome; each state is in one. People whom the launch left out have no message: they are in `left_out`, too. */
export const statesOf: Record<CampaignCell, readonly MessageState[]> = {
  read: ['read', 'played'],
  delivered: ['delivered'],
  sent: ['sent'],
  failed: failedKinds,
  waiting: ['scheduled', 'queued', 'claimed', 'calling', 'uncertain'],
  left_out: ['suppressed'],
};

/** States of the messages that arrived, or may arrive yet, and were not read. */
export const unreadStates: readonly MessageState[] = [...statesOf.sent, ...statesOf.delivered];

const cellsByState = new Map<MessageState, CampaignCell>(
  campaignCells.flatMap((cell) => statesOf[cell].map((state) => [state, cell] as const)),
);

/** Returns the outcome of a person with a message in this state. */
export const cellOf = (state: MessageState): CampaignCell => cellsByState.get(state) as CampaignCell;
