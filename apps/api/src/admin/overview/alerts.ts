import { Injectable } from '@nestjs/common';
import { letterAlertsOf, openLettersByCause } from '@heliograph/dead-letters';
import { Database } from '@heliograph/kernel';
import { lanesInNeed, LedgerStates, pausedGroups, workersAlive } from '@heliograph/messaging';
import { type Grant, guessedAccounts, may, type Permission } from '@heliograph/staff';
import { type SessionInNeed, sessionsInNeed } from '@heliograph/tenants';
import { endpointsInNeed } from '@heliograph/webhooks';

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
  endpoint_disabled: { needs: 'callbacks:read', severity: 'failed' },
  dead_letters: { needs: 'dead_letters:read', severity: 'failed' },
  number_needs_scan: { needs: 'sessions:read', severity: 'uncertain' },
  number_needs_passkey: { needs: 'sessions:read', severity: 'uncertain' },
  number_disconnected: { needs: 'sessions:read', severity: 'uncertain' },
  endpoint_failing: { needs: 'callbacks:read', severity: 'uncertain' },
  unknown_outcome: { needs: 'dead_letters:read', severity: 'uncertain' },
  cap_near: { needs: 'sessions:read', severity: 'info' },
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
  /** Letters of the cause, or messages left of a cap. */
  count: number | null;
  /** The cap that `count` is left of. */
  of: number | null;
  since: Date | null;
}

/** Counts for the entries of the side bar: numbers and endpoints that need a person, and open dead letters. */
export interface AlertCounts {
  numbers: number;
  endpoints: number;
  dead_letters: number;
}

const kindOfStatus: Partial<Record<SessionInNeed['status'], AlertKind>> = {
  logged_out: 'number_logged_out',
  expired: 'number_expired',
  unauthorised: 'number_key_refused',
  need_scan: 'number_needs_scan',
  need_passkey: 'number_needs_passkey',
  disconnected: 'number_disconnected',
};
const unknownOutcome = 'outcome_unknown';
const order = Object.keys(alertKinds);

/** Finds what waits for a person. Reads small tables and counters only. */
@Injectable()
export class Alerts {
  constructor(
    private readonly db: Database,
    private readonly ledger: LedgerStates,
  ) {}

  /** Returns all alerts of these tenants, the most urgent first, and open letters by tenant. @param tenantIds null: all tenants */
  async find(tenantIds: string[] | null): Promise<{ alerts: Alert[]; letters: Map<string, number> }> {
    const [sessions, endpoints, causes, alertFrom, lanes, groups, workers, ledger, guessed] = await Promise.all([
      sessionsInNeed(this.db, tenantIds),
      endpointsInNeed(this.db, tenantIds),
      openLettersByCause(this.db, tenantIds),
      letterAlertsOf(this.db, tenantIds),
      lanesInNeed(this.db, tenantIds),
      pausedGroups(this.db, tenantIds),
      workersAlive(this.db),
      this.ledger.read(),
      guessedAccounts(this.db),
    ]);
    const none = { tenantId: null, subject: null, cause: null, count: null, of: null, since: null };
    const alerts: Alert[] = [
      ...(ledger?.hold ? [{ ...none, kind: 'ledger_held' as const, cause: ledger.hold.reason, since: ledger.hold.heldAt }] : []),
      ...(workers === 0 ? [{ ...none, kind: 'no_worker' as const }] : []),
      ...guessed.map(({ id, name, since }) => ({ ...none, kind: 'account_guessed' as const, subject: { id, name }, since })),
      ...sessions.map(({ tenantId, id, name, status, heldReason, since }) => ({
        ...none,
        kind: (heldReason === 'phone_changed' && status === 'connected' ? undefined : kindOfStatus[status]) ?? ('number_changed' as const),
        tenantId,
        subject: { id, name },
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
        .map(({ tenantId, cause, count, lastAt }) => ({
          ...none,
          kind: cause === unknownOutcome ? ('unknown_outcome' as const) : ('dead_letters' as const),
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
      ...lanes.nearCap.map(({ tenantId, sessionId, name, cap, left }) => ({
        ...none,
        kind: 'cap_near' as const,
        tenantId,
        subject: { id: sessionId, name },
        count: left,
        of: cap,
      })),
      ...groups.map(({ tenantId, id, name, pausedAt }) => ({
        ...none,
        kind: 'group_paused' as const,
        tenantId,
        subject: { id, name },
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
}

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
  const ofKind = (prefix: string) => seen.filter(({ kind }) => kind.startsWith(prefix)).length;
  const open = [...letters].filter(([tenantId]) => may(grants, 'dead_letters:read', tenantId)).reduce((sum, [, count]) => sum + count, 0);
  return { alerts: seen, counts: { numbers: ofKind('number_') + ofKind('lane_'), endpoints: ofKind('endpoint_'), dead_letters: open } };
}
