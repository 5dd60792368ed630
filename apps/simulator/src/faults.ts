import type { Random } from './random';

const html = '<html><head><title>502</title></head><body>bad gateway</body></html>';
const asHtml = { 'content-type': 'text/html' };

/** Effect of a fault on a send. */
export interface FaultEffect {
  /** True when WhatsApp gets the message despite the fault. */
  accepts: boolean;
  /** Response of the fault; absent: that of a successful send. */
  reply?: { status: number; body: unknown; headers?: Record<string, string> };
  /** End of the connection without a response. `cut-body`: within the response. */
  ends?: 'hang' | 'cut' | 'reset' | 'cut-body';
  /** Change to the text of the response. */
  mangles?: 'no-id' | 'truncated';
  isLate?: boolean;
}

const replies = {
  error: { status: 500, body: { success: false, message: 'Server error' } },
  gateway: { status: 502, body: html, headers: asHtml },
  timeout: { status: 408, body: { success: false, message: 'Request timed out' } },
} as const;
/** Refusals without a fault. */
export const refusals = {
  badKey: { status: 401, body: { success: false, message: 'API key not valid' } },
  noSubscription: { status: 403, body: { success: false, message: 'A subscription or trial must be active to call the API' } },
  notConnected: { status: 400, body: { success: false, message: 'Your WhatsApp session is not connected, connect it first' } },
} as const;

const accepted = (effect: Omit<FaultEffect, 'accepts'>): FaultEffect => ({ accepts: true, ...effect });
const refused = (effect: Omit<FaultEffect, 'accepts'>): FaultEffect => ({ accepts: false, ...effect });
const refusedWith = (status: number, body: unknown): FaultEffect => refused({ reply: { status, body } });

/** Effects of the faults of a send. */
export const faultEffects = {
  'accept-500': accepted({ reply: replies.error }),
  'accept-502-html': accepted({ reply: replies.gateway }),
  'accept-504': accepted({ reply: { status: 504, body: '', headers: asHtml } }),
  'accept-408': accepted({ reply: replies.timeout }),
  'accept-hang': accepted({ ends: 'hang' }),
  'accept-cut': accepted({ ends: 'cut' }),
  'accept-reset': accepted({ ends: 'reset' }),
  'accept-cut-body': accepted({ ends: 'cut-body' }),
  'accept-late': accepted({ isLate: true }),
  'accept-no-id': accepted({ mangles: 'no-id' }),
  'accept-truncated': accepted({ mangles: 'truncated' }),
  'accept-empty': accepted({ reply: { status: 200, body: '' } }),
  'accept-html-200': accepted({ reply: { status: 200, body: html, headers: asHtml } }),
  'refuse-500': refused({ reply: replies.error }),
  'refuse-502-html': refused({ reply: replies.gateway }),
  'refuse-408': refused({ reply: replies.timeout }),
  'refuse-hang': refused({ ends: 'hang' }),
  'refuse-cut': refused({ ends: 'cut' }),
  'refuse-reset': refused({ ends: 'reset' }),
  'refuse-429': refused({}),
  'refuse-401': refused({ reply: refusals.badKey }),
  'refuse-403': refused({ reply: refusals.noSubscription }),
  'refuse-422': refusedWith(422, { success: false, message: 'The given data was not valid', errors: { to: ['to is not on WhatsApp'] } }),
  'refuse-not-connected': refused({ reply: refusals.notConnected }),
  'refuse-success-false': refusedWith(200, { success: false, message: 'This message could not be queued' }),
  'refuse-error-member': refusedWith(400, { success: false, error: 'This message could not be queued' }),
  'fail-later': accepted({}),
  'kill-peer': accepted({}),
} as const satisfies Record<string, FaultEffect>;
export type FaultKind = keyof typeof faultEffects;
export const faultKinds = Object.keys(faultEffects) as FaultKind[];

/** Point of an aimed kill: P1 request read, nothing recorded; P2 recorded, not answered; P3 up to 20 ms after the last byte. */
export type KillPoint = 'P1' | 'P2' | 'P3';

/** A fault rule: applies at a rate, or to every nth matching send, at most `times`. */
export interface Fault {
  id: number;
  kind: FaultKind;
  rate?: number;
  every?: number;
  times?: number;
  sessionId?: number;
  /** Digits of a phone number, or a JID. */
  recipient?: string;
  /** With `refuse-429`. */
  retryAfterS?: number;
  /** With `accept-late`. */
  delayMs?: number;
  /** With `kill-peer`. */
  point?: KillPoint;
  seen: number;
  struck: number;
}

/** The fault rules. The first matching rule applies to a send. */
export class Faults {
  private readonly rules: Fault[] = [];
  private nextId = 1;

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

  /** Returns the rule that applies to this send, if any. */
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
}
