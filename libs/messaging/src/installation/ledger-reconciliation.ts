import { Inject, Injectable, Logger } from '@nestjs/common';
import { type Loop, Loops } from '@heliograph/kernel';
import { type MessageLogRow, WHATSAPP_PROVIDER, type WhatsAppProvider } from '@heliograph/providers';
import { SessionCredentials, type SessionCredentialSet } from '@heliograph/tenants';
import { textOf } from '../message';
import { BodyRenderer } from '../rendering/body-renderer';
import { clockSlackMs } from '../uncertain/clock-slack';
import { echoHash } from '../uncertain/echo-hash';
import { UnboundMessages } from '../uncertain/unbound.repository';
import { matchHeld } from './held-log-match';
import {
  type ComparedSession,
  type ComparisonOutcome,
  type HeldMessage,
  HeldMessages,
  type HeldRow,
  type ProvenMessage,
} from './held-messages.repository';
import { LedgerWatch } from './ledger-watch';

const tickMs = 2_000;
const sessionsPerTick = 50;
/** Ms by which the log is read further back than the end of what the ledger knows. */
const overlapMs = 60_000 + clockSlackMs;
const logPageSize = 50;
const maxLogPages = 400;

/**
 * Looks up the waiting messages of each session in the provider's log while the ledger is held, and settles those that the log proves sent.
 * The release may send the rest a second time. Sends nothing itself.
 */
@Injectable()
export class LedgerReconciliation {
  private readonly log = new Logger(LedgerReconciliation.name);
  private loop: Loop | null = null;

  constructor(
    private readonly watch: LedgerWatch,
    private readonly held: HeldMessages,
    private readonly unbound: UnboundMessages,
    private readonly credentials: SessionCredentials,
    private readonly bodies: BodyRenderer,
    private readonly loops: Loops,
    @Inject(WHATSAPP_PROVIDER) private readonly provider: WhatsAppProvider,
  ) {}

  start(): void {
    this.loop = this.loops.startOwned({ name: 'ledger_comparison', everyMs: tickMs, work: (signal) => this.compareDue(signal) });
  }

  async stop(): Promise<void> {
    await this.loop?.stop();
  }

  /** Compares the sessions that are due. Reads nothing from the provider while the ledger is not held. */
  async compareDue(signal?: AbortSignal): Promise<void> {
    if (!this.watch.hold || this.watch.isRefused) return;
    for (let n = 0; n < sessionsPerTick && !signal?.aborted; n++) {
      const session = await this.held.takeSession();
      if (!session) return;
      const { outcome, found } = await this.compare(session, signal);
      await this.held.record(session, outcome, found);
      this.log.log({ event: 'ledger.session_compared', tenant: session.tenantId, session: session.sessionId, outcome, found });
    }
  }

  private async compare(session: ComparedSession, signal?: AbortSignal): Promise<{ outcome: ComparisonOutcome; found: number }> {
    const credential = await this.credentials.find(session.sessionId);
    if (!credential?.accountToken || !credential.providerSessionId) return { outcome: 'no_credentials', found: 0 };
    if (!credential.logMessages) return { outcome: 'unreadable', found: 0 };
    const log = await this.readLog(credential, new Date(session.writtenUntil.getTime() - overlapMs), signal);
    if (!log) return { outcome: 'no_answer', found: 0 };
    const { rows } = log;
    const people = await this.held.peopleOf(session.tenantId, [...new Set(rows.flatMap(({ to }) => to ?? []))]);
    // Read before the ids that belong to other messages: a call answered in between counts as in flight.
    const candidates = await this.withBodies(await this.held.candidates(session, [...people.keys()]));
    const accounted = await this.unbound.accountedFor(
      session.sessionId,
      rows.map((row) => row.providerMessageId),
    );
    const free = rows.filter((row) => !accounted.has(row.providerMessageId));
    const byId = new Map(candidates.map((message) => [message.id, message]));
    const proven = [...matchHeld(candidates, free, (address) => people.get(address) ?? address)].flatMap(([id, row]) => {
      const message = byId.get(id);
      return message
        ? [
            {
              id,
              providerMessageId: row.providerMessageId,
              at: row.createdAt,
              echoHash: echoHash(message.recipient, textOf(message.body.content)),
              made: message.made,
            },
          ]
        : [];
    });
    return { outcome: log.isWhole ? 'compared' : 'partly', found: await this.held.settle(session, proven) };
  }

  /**
   * Makes missing bodies: the database that ran after the copy was taken may have made and sent them. No row proves a message whose body
   * cannot be made.
   */
  private async withBodies(rows: HeldRow[]): Promise<(HeldMessage & Pick<ProvenMessage, 'made'>)[]> {
    const made = await Promise.all(
      rows.map((row) => (row.source ? this.bodies.render({ ...row, source: row.source }) : Promise.resolve(null))),
    );
    return rows.flatMap(({ body, source: _, ...row }, i) => {
      const rendering = made[i];
      if (rendering?.kind === 'rendered') return [{ ...row, body: rendering.body, made: rendering }];
      return body ? [{ ...row, body }] : [];
    });
  }

  /**
   * Returns the rows of the session's log since then, each once, although the pages shift while they are read. Null when the provider does
   * not answer, or when the process stops.
   */
  private async readLog(
    credential: SessionCredentialSet,
    since: Date,
    signal?: AbortSignal,
  ): Promise<{ rows: MessageLogRow[]; isWhole: boolean } | null> {
    const rows = new Map<string, MessageLogRow>();
    for (let page = 1; page <= maxLogPages; page++) {
      if (signal?.aborted) return null;
      const answer = await this.provider.messageLog(
        { accessToken: credential.accountToken as string },
        credential.providerSessionId as string,
        page,
        logPageSize,
      );
      if (!answer.ok) return null;
      for (const row of answer.value.rows) rows.set(row.providerMessageId, row);
      const last = answer.value.rows.at(-1);
      if (!last || page >= answer.value.lastPage || last.createdAt < since)
        return { rows: [...rows.values()].filter((row) => row.createdAt >= since), isWhole: true };
    }
    return { rows: [...rows.values()].filter((row) => row.createdAt >= since), isWhole: false };
  }
}
