import { EventEmitter } from 'node:events';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Client } from 'pg';
import { APP_CONFIG } from '../config/config.module';
import { type DatabaseConfig, newClient } from '../database/connection';
import { doubledMs } from '../loops/doubled-ms';

const channel = 'heliograph_changes';
const probeMs = 500;
/** Time without an answer to a probe after which a connection is no longer trusted, in ms. */
const silentMs = 1_500;
const maxBackoffMs = 2_000;
/** Time for which changes are gathered before they are sent, in ms. */
const sendMs = 250;
/** Changes kept while there is no connection to send them by; further ones are dropped. */
const maxUnsent = 10_000;

/**
 * Receives changes of rows from PostgreSQL at their commit (tables with the trigger `heliograph_notify_change`). `isLive` is
 * false unless the connection is known to be healthy, so that nothing in memory is trusted meanwhile.
 */
@Injectable()
export class ChangeFeed implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger(ChangeFeed.name);
  private readonly changes = new EventEmitter().setMaxListeners(0);
  private client: Client | null = null;
  private lastAnswerAt = 0;
  private timer: NodeJS.Timeout | null = null;
  private sendTimer: NodeJS.Timeout | null = null;
  private readonly unsent = new Set<string>();
  private stopped = false;

  constructor(@Inject(APP_CONFIG) private readonly config: DatabaseConfig) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.connect(0);
  }

  /** Calls back with the id of each changed row of this table. Returns a function that ends the subscription. */
  onChange(table: string, listener: (id: string) => void): () => void {
    this.changes.on(table, listener);
    return () => this.changes.off(table, listener);
  }

  /** Calls back when changes may have been missed: the listener must drop everything it keeps. */
  onReset(listener: () => void): () => void {
    this.changes.on('\u0000reset', listener);
    return () => this.changes.off('\u0000reset', listener);
  }

  /**
   * Notifies the listeners of this process of a row that it changed itself. Call it after the commit: until PostgreSQL's notification
   * arrives, the process would still read the old row from memory.
   */
  notifyHere(table: string, id: string): void {
    this.changes.emit(table, id);
  }

  /**
   * Notifies all processes of a row that changed, this one too: for rows that change too often for a trigger. Call it after the commit. It
   * costs the caller nothing: the changes of a quarter of a second are sent by one statement on the connection of the feed. Changes that a
   * process has not sent when it dies are lost. Use it for what screens show, never for what processes keep in memory.
   */
  notifyAll(table: string, id: string): void {
    if (this.unsent.size >= maxUnsent) return;
    this.unsent.add(`${table}:${id}`);
    this.sendSoon();
  }

  /** True when every change that was committed until about a second ago has been received. */
  isLive(): boolean {
    return this.client !== null && performance.now() - this.lastAnswerAt < silentMs;
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    await this.sendAll();
    await this.client?.end().catch(() => undefined);
    this.client = null;
  }

  private sendSoon(): void {
    if (this.client && !this.stopped && this.unsent.size > 0) this.sendTimer ??= setTimeout(() => void this.sendAll(), sendMs);
  }

  private async sendAll(): Promise<void> {
    if (this.sendTimer) clearTimeout(this.sendTimer);
    this.sendTimer = null;
    const changes = [...this.unsent];
    if (!this.client || changes.length === 0) return;
    this.unsent.clear();
    try {
      await this.client.query('SELECT pg_notify($1, change) FROM unnest($2::text[]) change', [channel, changes]);
    } catch {
      // The connection is lost: they are sent by the next one.
      for (const change of changes) this.unsent.add(change);
    }
  }

  private async connect(failures: number): Promise<void> {
    if (this.stopped) return;
    const client = newClient(this.config, { applicationName: 'heliograph-changes', connectionTimeoutMs: 3_000 });
    client.on('error', () => this.lose(client));
    client.on('end', () => this.lose(client));
    client.on('notification', ({ payload }) => this.receive(payload ?? ''));
    try {
      await client.connect();
      await client.query(`LISTEN ${channel}`);
      if (this.stopped) return void (await client.end());
      this.client = client;
      this.lastAnswerAt = performance.now();
      this.changes.emit('\u0000reset');
      this.probe(client);
      this.sendSoon();
    } catch (error) {
      if (failures === 0) this.log.warn({ event: 'change_feed.down', error: (error as Error).message });
      await client.end().catch(() => undefined);
      this.timer = setTimeout(() => void this.connect(failures + 1), doubledMs(100, failures, maxBackoffMs));
    }
  }

  private receive(payload: string): void {
    const colon = payload.indexOf(':');
    this.changes.emit(payload.slice(0, colon), payload.slice(colon + 1));
  }

  private probe(client: Client): void {
    let asking = false;
    this.timer = setInterval(() => {
      if (performance.now() - this.lastAnswerAt > silentMs * 2) return this.lose(client);
      if (asking) return;
      asking = true;
      client.query('SELECT 1').then(
        () => {
          asking = false;
          this.lastAnswerAt = performance.now();
        },
        () => this.lose(client),
      );
    }, probeMs);
  }

  private lose(client: Client): void {
    if (this.client !== client) return;
    this.client = null;
    if (this.timer) clearTimeout(this.timer);
    this.changes.emit('\u0000reset');
    // A silent connection may never close on its own.
    client.end().catch(() => undefined);
    void this.connect(0);
  }
}
