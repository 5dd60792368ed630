import { AppError } from '@heliograph/kernel';
import type { CampaignState } from '../campaign-body';

/**
 * Causes of a move. `edit`: a change of what the campaign is to do. `check`, `launch`, `pause`, `resume`, `cancel`: a request. `start`: the start
 * time came. `late`: the start time passed long ago. `rule`: a stop rule. `settle`: everybody has an outcome. `again`: messages are sent again. `fault`: the campaign cannot go on.
 */
export type CampaignMover =
  'edit' | 'check' | 'launch' | 'start' | 'late' | 'pause' | 'rule' | 'resume' | 'cancel' | 'settle' | 'again' | 'fault';

/** An allowed move between two states of a campaign. */
export interface CampaignArrow {
  from: CampaignState;
  to: CampaignState;
  by: readonly CampaignMover[];
}

/** The allowed moves between states: the one table that requests, loops, docs and tests use. */
export const campaignArrows: readonly CampaignArrow[] = [
  { from: 'draft', to: 'checked', by: ['check'] },
  { from: 'checked', to: 'draft', by: ['edit', 'check'] },
  { from: 'draft', to: 'scheduled', by: ['launch'] },
  { from: 'checked', to: 'scheduled', by: ['launch'] },
  { from: 'scheduled', to: 'processing', by: ['start'] },
  { from: 'scheduled', to: 'paused', by: ['pause', 'late', 'fault'] },
  { from: 'scheduled', to: 'cancelled', by: ['cancel'] },
  { from: 'scheduled', to: 'failed', by: ['fault'] },
  { from: 'processing', to: 'paused', by: ['pause', 'rule', 'fault'] },
  { from: 'processing', to: 'completed', by: ['settle'] },
  { from: 'processing', to: 'cancelled', by: ['cancel'] },
  { from: 'processing', to: 'failed', by: ['fault'] },
  // Before the start, a pause ends where it began.
  { from: 'paused', to: 'scheduled', by: ['resume'] },
  { from: 'paused', to: 'processing', by: ['resume'] },
  // The last call was under way when the campaign was paused.
  { from: 'paused', to: 'completed', by: ['settle'] },
  // Messages of it are sent again, by a person or by the policy for unknown outcomes: it can be paused and cancelled as before.
  { from: 'completed', to: 'processing', by: ['again'] },
  { from: 'paused', to: 'cancelled', by: ['cancel'] },
  { from: 'paused', to: 'failed', by: ['fault'] },
];

/** True when `by` may move a campaign from one state to the other. */
export function canMove(from: CampaignState, to: CampaignState, by: CampaignMover): boolean {
  return campaignArrows.some((arrow) => arrow.from === from && arrow.to === to && arrow.by.includes(by));
}

/** States of a campaign that was launched and is not over. */
export const activeStates = ['scheduled', 'processing', 'paused'] as const satisfies CampaignState[];
/** States of a campaign that is over. */
export const overStates = ['completed', 'cancelled', 'failed'] as const satisfies CampaignState[];

/** States in which messages of a campaign are written and sent, or wait for a resume. */
export const flyingStates = ['processing', 'paused'] as const satisfies CampaignState[];

/** SQL: names as a list for `IN`. */
export const listSql = (names: readonly string[]): string => `(${names.map((name) => `'${name}'`).join(', ')})`;

/** @throws AppError campaign_state */
export function assertMove(from: CampaignState, to: CampaignState, by: CampaignMover): void {
  if (!canMove(from, to, by)) throw new AppError('conflict', 'campaign_state', `A campaign in the state ${from} cannot become ${to}.`);
}
