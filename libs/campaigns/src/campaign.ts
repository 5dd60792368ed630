import type { Actor } from '@heliograph/kernel';
import type { CampaignBody, CampaignState } from './campaign-body';

/** A campaign with what it is to do and how far it is. Results stand in the counts of its message group, which has the same id. */
export interface Campaign extends CampaignBody {
  id: string;
  /** Number of changes of what it is to do. */
  version: number;
  state: CampaignState;
  /** Cause of `paused` and `failed`: `person`, `rule`, or a code; null in other states. */
  reason: string | null;
  /** Further data of the cause, for example a rule and its figures. */
  detail: Record<string, unknown> | null;
  stateChangedAt: Date;
  stateChangedBy: Actor;
  createdAt: Date;
  createdBy: Actor;
  launchedAt: Date | null;
  endedAt: Date | null;
  /** Campaign that this one is a copy or a follow-up of. */
  parentId: string | null;
}
