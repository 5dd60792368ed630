import { Injectable } from '@nestjs/common';
import { campaignsInNeed, tenantsWithUnapproved } from '@heliograph/campaigns';
import { openReviewsOf } from '@heliograph/contacts';
import { letterAlertsOf, openLettersByCause } from '@heliograph/dead-letters';
import { BrokerLinks, sourceOutages } from '@heliograph/ingestion';
import { Database } from '@heliograph/kernel';
import { lanesInNeed, LedgerStates, maxWaiting, pausedGroups, waitingOf, workersAlive } from '@heliograph/messaging';
import { type Grant, guessedAccounts, may, type Permission } from '@heliograph/staff';
import { KnownTenants, type SessionInNeed, sessionsInNeed } from '@heliograph/tenants';
import { endpointsInNeed, pendingCallbacksOf } from '@heliograph/webhooks';

/** Permission, for all tenants, that shows the state of the installation: to people of the agency, not to those of a client, nor to viewers. */
export const installationNeeds = 'dead_letters:read' satisfies Permission;

/** Kinds of alerts, the most urgent first, each with its severity and the permission that shows it. */
export const alertKinds = {
  ledger_held: { needs: installationNeeds, severity: 'failed' },
  no_worker: { needs: installationNeeds, severity: 'failed' },
  account_guessed: { needs: 'staff:manage', severity: 'failed' },
  number_logged_out: { needs: 'sessions:read', severity: 'failed' },
  number_expired: { needs: 'sessions:read', severity: 'failed' },
  number_key_refused: { needs: 'sessions:read', severity: 'failed' },
  number_changed: { needs: 'sessions:read', severity: 'failed' },
  lane_invalid: { needs: 'sessions:read', severity: 'failed' },
  broker_down: { needs: 'events:read', severity: 'failed' },
  endpoint_disabled: { needs: 'callbacks:read', severity: 'failed' },
  campaign_failed: { needs: 'campaigns:read', severity: 'failed' },
  dead_letters: { needs: 'dead_letters:read', severity: 'failed' },
  events_rejected: { needs: 'dead_letters:read', severity: 'failed' },
  number_needs_scan: { needs: 'sessions:read', severity: 'uncertain' },
  number_needs_passkey: { needs: 'sessions:read', severity: 'uncertain' },
  number_disconnected: { needs: 'sessions:read', severity: 'uncertain' },
  endpoint_failing: { needs: 'callbacks:read', severity: 'uncertain' },
  campaign_held: { needs: 'campaigns:read', severity: 'uncertain' },
  opt_out_reviews: { needs: 'contacts:read', severity: 'uncertain' },
  unknown_outcome: { needs: 'dead_letters:read', severity: 'uncertain' },
  campaign_approval: { needs: 'campaigns:read', severity: 'info' },
  cap_near: { needs: 'sessions:read', severity: 'info' },
  campaign_paused: { needs: 'campaigns:read', severity: 'info' },
  group_paused: { needs: 'messages:read', severity: 'info' },
} as const satisfies Record<string, { needs: Permission; severity: 'failed' | 'uncertain' | 'info' }>;
export type AlertKind = keyof typeof alertKinds;

/** Something that waits for a person. */
export interface Alert {
  kind: AlertKind;
  /** Null: it concerns the installation. */
  tenantId: string | null;
  subject: { id: string; name: string | null } | null;
  cause: string | null;
  /** Letters of the cause, reviews, or messages left of a cap. */
  count: number | null;
  /** The cap that `count` is left of. */
  of: number | null;
  /** Messages, or callbacks, that wait for it, up to a bound. */
  waiting: number | null;
  /** The phone that was confirmed, and the one that is linked. */
  phones: { confirmed: string; linked: string } | null;
  since: Date | null;
  /** Time at which it ends by itself. */
  until: Date | null;
}

/** Counts for the entries of the side bar: numbers, endpoints and campaigns that need a person, open dead letters and open reviews. */
export interface AlertCounts {
  numbers: number;
  endpoints: number;
  campaigns: number;
  dead_letters: number;
  opt_out_reviews: number;
}

const kindOfStatus: Partial<Record<SessionInNeed['status'], AlertKind>> = {
  logged_out: 'number_logged_out',
  expired: 'number_expired',
  unauthorised: 'number_key_refused',
  need_scan: 'number_needs_scan',
  need_passkey: 'number_needs_passkey',
  disconnected: 'number_disconnected',
};
const kindOfCampaign = { paused: 'campaign_held', failed: 'campaign_failed', checked: 'campaign_approval' } as const;
const unknownOutcome = 'outcome_unknown';
/** Alerts whose waiting messages or callbacks are counted: more of them than anybody looks at are not. */
const maxCountedAlerts = 100;
const order = Object.keys(alertKinds);

/** Finds what waits for a person. Reads small tables and counters only. */
@Injectable()
export class Alerts {
  constructor(
    private readonly db: Database,
    private readonly ledger: LedgerStates,
    private readonly brokers: BrokerLinks,
    private readonly tenants: KnownTenants,
  ) {}

  /** Returns all alerts of these tenants, the most urgent first, and open letters by tenant. @param tenantIds null: all tenants */
  async find(tenantIds: string[] | null): Promise<{ alerts: Alert[]; letters: Map<string, number> }> {
    const [sessions, endpoints, causes, alertFrom, lanes, groups, workers, ledger, guessed, links, reviews, campaigns] = await Promise.all([
      sessionsInNeed(this.db, tenantIds),
      endpointsInNeed(this.db, tenantIds),
      openLettersByCause(this.db, tenantIds),
      letterAlertsOf(this.db, tenantIds),
      lanesInNeed(this.db, tenantIds),
      pausedGroups(this.db, tenantIds),
      workersAlive(this.db),
      this.ledger.read(),
      guessedAccounts(this.db),
      this.brokers.list(),
      openReviewsOf(this.db, tenantIds),
      this.campaigns(tenantIds),
    ]);
    const none = {
      tenantId: null,
      subject: null,
      cause: null,
      count: null,
      of: null,
      waiting: null,
      phones: null,
      since: null,
      until: null,
    };
    const waitingIn = new Map(groups.map(({ id, waiting }) => [id, waiting]));
    const told = new Set(campaigns.map(({ id }) => id));
    const alerts: Alert[] = [
      ...(ledger?.hold ? [{ ...none, kind: 'ledger_held' as const, cause: ledger.hold.reason, since: ledger.hold.heldAt }] : []),
      ...(workers === 0 ? [{ ...none, kind: 'no_worker' as const }] : []),
      ...guessed.map(({ id, name, since }) => ({ ...none, kind: 'account_guessed' as const, subject: { id, name }, since })),
      ...sessions.map(({ tenantId, id, name, status, heldReason, phone, confirmedPhone, since }) => {
        const kind =
          (heldReason === 'phone_changed' && status === 'connected' ? undefined : kindOfStatus[status]) ?? ('number_changed' as const);
        const phones = kind === 'number_changed' && phone && confirmedPhone ? { confirmed: confirmedPhone, linked: phone } : null;
        return { ...none, kind, tenantId, subject: { id, name }, phones, since };
      }),
      ...sourceOutages(links)
        .filter(({ tenantId }) => tenantIds === null || tenantId === null || tenantIds.includes(tenantId))
        .map(({ source, tenantId, error, since }) => ({
          ...none,
          kind: 'broker_down' as const,
          tenantId,
          subject: { id: source, name: source },
          cause: error,
          since,
        })),
      ...endpoints.map(({ tenantId, id, name, state, disabledReason, failingSince }) => ({
        ...none,
        kind: state === 'disabled' ? ('endpoint_disabled' as const) : ('endpoint_failing' as const),
        tenantId,
        subject: { id, name },
        cause: disabledReason,
        since: failingSince,
      })),
      // Letters that stay are in the counts; an alert is what is new within a day, in the number that people set, or a decision that only a
      // person can make.
      ...causes
        .filter(({ tenantId, kind, cause, recent }) => cause === unknownOutcome || recent >= alertFrom(tenantId, kind, cause))
        .map(({ tenantId, kind, cause, count, lastAt }) => ({
          ...none,
          kind:
            cause === unknownOutcome
              ? ('unknown_outcome' as const)
              : kind === 'event'
                ? ('events_rejected' as const)
                : ('dead_letters' as const),
          tenantId,
          cause,
          count,
          since: lastAt,
        })),
      ...lanes.invalid.map(({ tenantId, sessionId, name }) => ({
        ...none,
        kind: 'lane_invalid' as const,
        tenantId,
        subject: { id: sessionId, name },
      })),
      ...lanes.nearCap.map(({ tenantId, sessionId, name, cap, left, until }) => ({
        ...none,
        kind: 'cap_near' as const,
        tenantId,
        subject: { id: sessionId, name },
        count: left,
        of: cap,
        until,
      })),
      ...reviews.map((review) => ({ ...none, kind: 'opt_out_reviews' as const, ...review })),
      ...campaigns.map(({ tenantId, id, name, state, reason, since }) => ({
        ...none,
        kind: kindOfCampaign[state],
        tenantId,
        subject: { id, name },
        cause: reason,
        waiting: waitingIn.get(id) ?? null,
        since,
      })),
      ...groups
        .filter(({ id }) => !told.has(id))
        .map(({ tenantId, id, isCampaign, name, pausedAt, waiting }) => ({
          ...none,
          kind: isCampaign ? ('campaign_paused' as const) : ('group_paused' as const),
          tenantId,
          subject: { id, name },
          waiting,
          since: pausedAt,
        })),
    ];
    const letters = new Map<string, number>();
    for (const { tenantId, count } of causes) letters.set(tenantId, (letters.get(tenantId) ?? 0) + count);
    return {
      alerts: alerts.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || (b.count ?? 0) - (a.count ?? 0)),
      letters,
    };
  }

  /** Counts what waits for the numbers and endpoints of the first of these alerts. */
  async counted(alerts: Alert[]): Promise<Alert[]> {
    const first = alerts.slice(0, maxCountedAlerts);
    const idsOf = (isOne: (alert: Alert) => boolean) => first.flatMap((alert) => (isOne(alert) && alert.subject ? alert.subject.id : []));
    const [messages, callbacks] = await Promise.all([
      waitingOf(this.db, idsOf(isOfNumber)),
      pendingCallbacksOf(this.db, idsOf(isOfEndpoint), maxWaiting),
    ]);
    return alerts.map((alert) => {
      const waiting = (isOfNumber(alert) ? messages : isOfEndpoint(alert) ? callbacks : null)?.get(alert.subject?.id ?? '');
      return waiting === undefined ? alert : { ...alert, waiting };
    });
  }

  private async campaigns(tenantIds: string[] | null) {
    const unapproved = await Promise.all((await tenantsWithUnapproved(this.db, tenantIds)).map((id) => this.tenants.find(id)));
    const approving = unapproved.flatMap((tenant) => (tenant && tenant.settings.campaign_approval !== 'off' ? tenant.id : []));
    return campaignsInNeed(this.db, tenantIds, approving);
  }
}

const isOfNumber = ({ kind }: Alert): boolean => kind.startsWith('number_') || kind.startsWith('lane_');
const isOfEndpoint = ({ kind }: Alert): boolean => kind.startsWith('endpoint_');

/** True when the grants show this alert. */
export function maySee(grants: readonly Grant[], { kind, tenantId }: Alert): boolean {
  return may(grants, alertKinds[kind].needs, tenantId);
}

/** Returns the alerts that the grants show, and their counts. */
export function seenBy(
  grants: readonly Grant[],
  { alerts, letters }: { alerts: Alert[]; letters: Map<string, number> },
): { alerts: Alert[]; counts: AlertCounts } {
  const seen = alerts.filter((alert) => maySee(grants, alert));
  const reviews = seen.filter(({ kind }) => kind === 'opt_out_reviews');
  const open = [...letters].filter(([tenantId]) => may(grants, 'dead_letters:read', tenantId)).reduce((sum, [, count]) => sum + count, 0);
  return {
    alerts: seen,
    counts: {
      numbers: seen.filter(isOfNumber).length,
      endpoints: seen.filter(isOfEndpoint).length,
      campaigns: seen.filter(({ kind }) => kind.startsWith('campaign_') && kind !== 'campaign_paused').length,
      dead_letters: open,
      opt_out_reviews: reviews.reduce((sum, { count }) => sum + (count ?? 0), 0),
    },
  };
}
