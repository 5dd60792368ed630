import { type Actor, systemActor } from '@heliograph/kernel';
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
  /** Approval of what it is to do now; null: nobody approved it. A change takes it back. */
  approvedAt: Date | null;
  approvedBy: Actor | null;
  /** Null: not launched. */
  run: CampaignRun | null;
  retries: CampaignRounds;
}

/** Rounds of a plan that sends a campaign again. */
export interface CampaignRounds {
  /** Round that this campaign is; 0: a person launched it. */
  round: number;
  /** End of the plan for this campaign; null: it is to come, or there is none. */
  state: 'made' | 'nobody' | 'stopped' | 'refused' | null;
  /** Time from which on the next round is made; null: none is to come. */
  dueAt: string | null;
  /** Campaign that is the next round. */
  nextId: string | null;
  /** True while the system is still to launch it. */
  launchesItself: boolean;
}

/** The run of a launched campaign. */
export interface CampaignRun {
  /** Version of the template that was fixed at the launch; null: the campaign has no template. */
  templateVersion: number | null;
  startsAt: string;
  startedAt: string | null;
  /** Time at which everybody of the audience had a message or a reason for none; null: not yet. */
  expandedAt: string | null;
  /** People of the audience so far, with a message and without. */
  messages: number;
  skipped: number;
}

/** Returns the holder of an approval link as an actor. The name is what they typed: their link is all that is known of them. */
export const linkHolder = (name: string): Actor => ({ ...systemActor('approval_link'), name });
