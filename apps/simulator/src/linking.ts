import type { Accounts, SessionStatus, SimSession } from './accounts';
import type { HookSender } from './hooks';
import type { Json } from './http';
import type { Random } from './random';
import type { SimulatorSettings } from './settings';

/** Simulates the life of sessions: QR codes that expire, scans, restarts. Sends a hook for each step. */
export class Linking {
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(
    private readonly accounts: Accounts,
    private readonly hooks: HookSender,
    private readonly random: Random,
    private readonly settings: () => SimulatorSettings,
  ) {}

  /** Starts linking. @returns the data of the provider's response */
  connect(session: SimSession, method: unknown): Json {
    if (session.status === 'connected' || session.status === 'connecting')
      return { status: 'CONNECTED', message: 'Already initialised, no QR needed' };
    if (method === 'passkey') {
      this.move(session, 'need_passkey');
      const token = this.random.hex(24);
      this.hooks.emit(session, 'passkey.updated', () => ({ stage: 'request', requestId: this.random.hex(12), token }));
      return { status: 'NEED_PASSKEY', passkey: { token, expires_at: new Date(Date.now() + 120_000).toISOString() } };
    }
    if (session.qr === null) {
      this.move(session, 'need_scan');
      this.show(session, 1);
      const { autoScanMs } = this.settings();
      if (autoScanMs !== null) this.later(autoScanMs, () => this.scan(session));
    }
    return { status: 'NEED_SCAN', qrCode: session.qr };
  }

  /** Scans the shown QR code; with `qr`, only if it is still shown. False when it was too late. */
  scan(session: SimSession, qr: unknown = session.qr): boolean {
    if (session.status !== 'need_passkey' && (session.status !== 'need_scan' || session.qr === null || qr !== session.qr)) return false;
    this.restart(session);
    return true;
  }

  /** Sets `connecting` for a while, then `connected`. */
  restart(session: SimSession): void {
    this.move(session, 'connecting');
    const connected = () => {
      if (session.status === 'connecting') this.move(session, 'connected');
    };
    const { connectingMs } = this.settings();
    if (connectingMs > 0) this.later(connectingMs, connected);
    else connected();
  }

  /** Changes the status as WhatsApp does. */
  move(session: SimSession, status: SessionStatus): void {
    if (status !== 'need_scan') session.qr = null;
    if (session.status === status) return;
    session.status = status;
    this.hooks.emit(session, 'session.status', () => ({ status }));
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  /** Shows the nth QR code, and the next when it expires; after the last the session is disconnected. */
  private show(session: SimSession, nth: number): void {
    const qr = `2@${this.random.hex(44)}/${this.random.hex(16)},${this.random.hex(12)},1`;
    session.qr = qr;
    this.hooks.emit(session, 'qrcode.updated', () => ({ qr }));
    this.later(this.settings().qrLifeMs, () => {
      if (session.qr !== qr || !this.accounts.sessions.has(session.id)) return;
      if (nth < this.settings().qrMost) this.show(session, nth + 1);
      else this.move(session, 'disconnected');
    });
  }

  private later(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      work();
    }, ms);
    this.timers.add(timer);
  }
}
