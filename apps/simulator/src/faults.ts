import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Random } from './random';

/** What may go wrong with a send. */
export const faultKinds = [
  'accept-500',
  'accept-502-html',
  'accept-504',
  'accept-hang',
  'accept-cut',
  'accept-408',
  'refuse-408',
  'refuse-429',
  'refuse-401',
  'refuse-403',
  'refuse-422',
  'refuse-not-connected',
  'refuse-success-false',
  'refuse-error-member',
  'accept-no-id',
  'accept-truncated',
  'accept-empty',
  'accept-html-200',
  'refuse-cut',
  'fail-later',
  'kill-peer',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Where an aimed kill strikes: P1 head read, nothing recorded; P2 recorded, not answered; P3 after the last byte. */
export type KillPoint = 'P1' | 'P2' | 'P3';

/** A fault rule: strikes at a rate, or every nth matching send, at most `times`. */
export interface Fault {
  id: number;
  kind: FaultKind;
  rate?: number;
  every?: number;
  times?: number;
  sessionId?: number;
  recipient?: string;
  retryAfterS?: number;
  point?: KillPoint;
  seen: number;
  struck: number;
}

/** The fault rules, and the aimed killer. */
export class Faults {
  private readonly rules: Fault[] = [];
  private nextId = 1;
  /** The only processes that may be killed. */
  killable = new Set<number>();
  readonly kills: { pid: number; point: KillPoint; atMs: number; seq: number | null }[] = [];

  constructor(private readonly random: Random) {}

  add(rule: Omit<Fault, 'id' | 'seen' | 'struck'>): Fault {
    const fault = { ...rule, id: this.nextId++, seen: 0, struck: 0 };
    this.rules.push(fault);
    return fault;
  }

  list(): Fault[] {
    return this.rules;
  }

  clear(): void {
    this.rules.length = 0;
  }

  /** The rule that strikes this send, if one does. */
  strike(sessionId: number, recipient: string): Fault | null {
    for (const rule of this.rules) {
      if (rule.sessionId !== undefined && rule.sessionId !== sessionId) continue;
      if (rule.recipient !== undefined && rule.recipient !== recipient) continue;
      if (rule.times !== undefined && rule.struck >= rule.times) continue;
      rule.seen++;
      const strikes = rule.every !== undefined ? rule.seen % rule.every === 0 : this.random.next() < (rule.rate ?? 1);
      if (!strikes) continue;
      rule.struck++;
      return rule;
    }
    return null;
  }

  /** Kills the process at the other end of a connection, if it is one of those that may be killed. */
  killPeer(peerPort: number, ownPort: number, point: KillPoint, seq: number | null): boolean {
    const pid = this.pidOf(peerPort, ownPort);
    if (pid === null) return false;
    process.kill(pid, 'SIGKILL');
    this.killable.delete(pid);
    this.kills.push({ pid, point, atMs: Date.now(), seq });
    return true;
  }

  private pidOf(peerPort: number, ownPort: number): number | null {
    const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');
    const row = ['/proc/net/tcp', '/proc/net/tcp6']
      .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
      .find((line) => new RegExp(`^\\s*\\d+: [0-9A-F]+:${hex(peerPort)} [0-9A-F]+:${hex(ownPort)} `).test(line));
    const inode = row?.trim().split(/\s+/)[9];
    if (!inode || inode === '0') return null;
    for (const pid of this.killable) {
      try {
        for (const fd of readdirSync(`/proc/${pid}/fd`)) if (readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`) return pid;
      } catch {
        continue; // it died meanwhile, or a descriptor was closed while we looked
      }
    }
    return null;
  }
}
