import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { KillPoint } from './faults';

/** Kills the process at the other end of a connection, which it finds by its port. Linux only. */
export class AimedKiller {
  /** The only processes that may be killed. */
  killable = new Set<number>();
  readonly kills: { pid: number; point: KillPoint; atMs: number; seq: number | null }[] = [];

  /** Sends SIGKILL to the caller if it may be killed. */
  kill(socket: Socket | null, point: KillPoint, seq: number | null): boolean {
    const pid = socket && this.pidOf(socket.remotePort ?? 0, socket.localPort ?? 0);
    if (!pid) return false;
    process.kill(pid, 'SIGKILL');
    this.killable.delete(pid);
    this.kills.push({ pid, point, atMs: Date.now(), seq });
    return true;
  }

  private pidOf(peerPort: number, ownPort: number): number | null {
    const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');
    const ends = new RegExp(`^\\s*\\d+: [0-9A-F]+:${hex(peerPort)} [0-9A-F]+:${hex(ownPort)} `);
    const tables = ['/proc/net/tcp', '/proc/net/tcp6'].filter((file) => existsSync(file));
    const row = tables.flatMap((file) => readFileSync(file, 'utf8').split('\n')).find((line) => ends.test(line));
    const inode = row?.trim().split(/\s+/)[9];
    if (!inode || inode === '0') return null;
    for (const pid of this.killable) {
      try {
        for (const fd of readdirSync(`/proc/${pid}/fd`)) if (readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`) return pid;
      } catch {
        continue; // it died meanwhile, or a descriptor was closed during the search
      }
    }
    return null;
  }
}
