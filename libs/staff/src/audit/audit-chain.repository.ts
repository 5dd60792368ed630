import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, Database, type DatabaseTarget, newClient, outsideAudit, SealedSecrets, type Sql, type Tx } from '@heliograph/kernel';
import type { StaffConfig } from '../staff.config';

/** Maximum number of entries that one transaction seals or purges. */
export const chainBatch = 500;

/** Content of an entry that its hash covers, in a fixed form. Columns that are added later are not covered. */
const contentHash = (l: string): string => `sha256(convert_to(jsonb_build_array(${l}.id,
  to_char(${l}.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), ${l}.for_tenant_id, ${l}.actor_kind, ${l}.actor_id, ${l}.actor_name, ${l}.action,
  ${l}.subject_kind, ${l}.subject_id, ${l}.subject_name, ${l}.changes, ${l}.details, ${l}.address, ${l}.request_id)::text, 'UTF8'))`;

/** An end of the chain: the number of its link and its hash in hex. */
export interface ChainEnd {
  seq: string;
  hash: string;
}

/** Result of a verification. */
export interface ChainVerdict {
  /** Links that were checked. */
  links: number;
  /** Entries that are committed and not sealed yet. */
  pending: number;
  head: ChainEnd | null;
  /** The last purged link; null: nothing was purged. */
  base: ChainEnd | null;
  /** First link that does not fit, and why; null: the chain holds. */
  broken: { seq: string | null; entryId: string | null; fault: string } | null;
}

interface EndRow {
  name: string;
  seq: string;
  hash: Buffer;
  seal: string;
}

interface Link {
  seq: string;
  entryId: string;
  hash: Buffer;
  content: Buffer | null;
}

const start = Buffer.alloc(32);
const placeOf = (name: string): string => `audit_chain_ends.seal:${name}`;
const textOf = ({ seq, hash }: ChainEnd): string => `${seq}:${hash}`;

/** Returns the hash of a link: of the hash before it, its number and the content of its entry. */
function linkHash(before: Buffer, seq: bigint, content: Buffer): Buffer {
  return createHash('sha256').update(before).update(`:${seq}:`).update(content).digest();
}

/**
 * The chain over the audit log. Entries are written without it, so that writers do not wait for one another; one process at a time
 * seals what was committed since. Both ends of the chain are sealed under KEYRING, which the database does not hold.
 */
@Injectable()
export class AuditChain {
  constructor(
    private readonly db: Database,
    private readonly secrets: SealedSecrets,
    @Inject(APP_CONFIG) private readonly config: Pick<StaffConfig, 'AUDIT_RETENTION_DAYS'>,
  ) {}

  /** Appends waiting entries to the chain. Returns their number; 0 also while another process appends. */
  seal(limit = chainBatch): Promise<number> {
    return outsideAudit(() =>
      this.db.transaction(async (tx) => {
        if (!(await lock(tx))) return 0;
        const waiting = await tx.query<{ entryId: string; content: Buffer }>(
          `SELECT p.entry_id::text AS "entryId", ${contentHash('l')} AS content FROM audit_pending p JOIN audit_log l ON l.id = p.entry_id ORDER BY p.entry_id LIMIT $1`,
          [limit],
        );
        if (waiting.length === 0) return 0;
        const head = await this.endOf(tx, 'head');
        let seq = BigInt(head?.seq ?? 0);
        let hash = head?.hash ?? start;
        const links = waiting.map(({ entryId, content }) => {
          seq += 1n;
          hash = linkHash(hash, seq, content);
          return { seq: String(seq), entryId, hash };
        });
        await tx.query(`INSERT INTO audit_chain (seq, entry_id, hash) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])`, [
          links.map((link) => link.seq),
          links.map((link) => link.entryId),
          links.map((link) => link.hash),
        ]);
        await tx.query('DELETE FROM audit_pending WHERE entry_id = ANY ($1::bigint[])', [waiting.map(({ entryId }) => entryId)]);
        await this.setEnd(tx, 'head', { seq: String(seq), hash: hash.toString('hex') });
        return links.length;
      }),
    );
  }

  /** Deletes sealed entries that are older than AUDIT_RETENTION_DAYS, the oldest links first. The chain continues from the last one of them. */
  purge(limit = chainBatch): Promise<number> {
    const { AUDIT_RETENTION_DAYS: days } = this.config;
    if (days === 0) return Promise.resolve(0);
    return outsideAudit(() =>
      this.db.transaction(async (tx) => {
        if (!(await lock(tx))) return 0;
        // The run of old links at the start of the chain: a younger one ends it, so that the chain stays whole.
        const old = await tx.query<{ seq: string; entryId: string; hash: Buffer; isOld: boolean }>(
          `SELECT c.seq::text AS seq, c.entry_id::text AS "entryId", c.hash, l.at < heliograph_now() - $2 * interval '1 day' AS "isOld"
           FROM audit_chain c JOIN audit_log l ON l.id = c.entry_id ORDER BY c.seq LIMIT $1`,
          [limit, days],
        );
        const young = old.findIndex(({ isOld }) => !isOld);
        const gone = young < 0 ? old : old.slice(0, young);
        const last = gone.at(-1);
        if (!last) return 0;
        await this.setEnd(tx, 'base', { seq: last.seq, hash: last.hash.toString('hex') });
        await tx.query('DELETE FROM audit_log WHERE id = ANY ($1::bigint[])', [gone.map(({ entryId }) => entryId)]);
        await tx.query('DELETE FROM audit_chain WHERE seq <= $1::bigint', [last.seq]);
        return gone.length;
      }),
    );
  }

  /**
   * Checks every link from the base to the head, and names the first that does not fit.
   * @param remembered head of an earlier verification: the chain must still contain it
   */
  async verify(remembered?: ChainEnd): Promise<ChainVerdict> {
    const check = async (tx: Tx): Promise<ChainVerdict> => {
      // One view of all pages, whatever is sealed meanwhile.
      await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      const [pending] = await tx.query<{ count: number }>('SELECT count(*)::int AS count FROM audit_pending');
      const ends = new Map(
        (await tx.query<EndRow>('SELECT name, seq::text AS seq, hash, seal FROM audit_chain_ends')).map((end) => [end.name, end]),
      );
      const base = ends.get('base');
      const head = ends.get('head');
      const verdict = (links: number, broken: ChainVerdict['broken']): ChainVerdict => ({
        links,
        pending: pending?.count ?? 0,
        head: head ? shown(head) : null,
        base: base ? shown(base) : null,
        broken,
      });
      for (const end of [base, head])
        if (end && !this.isSealed(end))
          return verdict(0, { seq: end.seq, entryId: null, fault: `The ${end.name} of the chain is not the one that was sealed.` });
      let seq = BigInt(base?.seq ?? 0);
      let hash = base?.hash ?? start;
      let links = 0;
      let isRemembered =
        remembered === undefined ||
        BigInt(remembered.seq) < seq ||
        (remembered.seq === String(seq) && remembered.hash === hash.toString('hex'));
      for (;;) {
        const page = await tx.query<Link>(
          `SELECT c.seq::text AS seq, c.entry_id::text AS "entryId", c.hash, CASE WHEN l.id IS NOT NULL THEN ${contentHash('l')} END AS content
           FROM audit_chain c LEFT JOIN audit_log l ON l.id = c.entry_id WHERE c.seq > $1::bigint ORDER BY c.seq LIMIT 2000`,
          [String(seq)],
        );
        if (page.length === 0) break;
        for (const link of page) {
          const expected = seq + 1n;
          const broken = (fault: string) => verdict(links, { seq: link.seq, entryId: link.entryId, fault });
          if (BigInt(link.seq) !== expected)
            return verdict(links, { seq: String(expected), entryId: null, fault: 'This link is missing.' });
          if (!link.content) return broken('The entry of this link is missing.');
          if (!linkHash(hash, expected, link.content).equals(link.hash)) return broken('The entry was changed after it was sealed.');
          seq = expected;
          hash = link.hash;
          links++;
          if (remembered?.seq === link.seq) {
            if (remembered.hash !== hash.toString('hex')) return broken('The link is not the one that was remembered.');
            isRemembered = true;
          }
        }
      }
      if (String(seq) !== (head?.seq ?? '0') || !hash.equals(head?.hash ?? start))
        return verdict(links, {
          seq: String(seq + 1n),
          entryId: null,
          fault: 'The chain does not end with the link that was sealed last.',
        });
      if (!isRemembered)
        return verdict(links, { seq: remembered?.seq ?? null, entryId: null, fault: 'The link that was remembered is missing.' });
      const [stray] = await tx.query<{ id: string }>(
        `SELECT l.id::text AS id FROM audit_log l WHERE NOT EXISTS (SELECT 1 FROM audit_chain c WHERE c.entry_id = l.id)
         AND NOT EXISTS (SELECT 1 FROM audit_pending p WHERE p.entry_id = l.id) ORDER BY l.id LIMIT 1`,
      );
      return verdict(
        links,
        stray ? { seq: null, entryId: stray.id, fault: 'The entry is neither in the chain nor waiting for it.' } : null,
      );
    };
    return outsideAudit(() => this.db.transaction(check));
  }

  private async endOf(tx: Sql, name: string): Promise<EndRow | undefined> {
    const [end] = await tx.query<EndRow>('SELECT name, seq::text AS seq, hash, seal FROM audit_chain_ends WHERE name = $1', [name]);
    return end;
  }

  private async setEnd(tx: Sql, name: string, end: ChainEnd): Promise<void> {
    await tx.query(
      `INSERT INTO audit_chain_ends AS e (name, seq, hash, seal) VALUES ($1, $2, $3, $4)
       ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, seal = excluded.seal, at = heliograph_now()`,
      [name, end.seq, Buffer.from(end.hash, 'hex'), this.secrets.seal(textOf(end), placeOf(name))],
    );
  }

  private isSealed(end: EndRow): boolean {
    try {
      return this.secrets.open(end.seal, placeOf(end.name)) === textOf(shown(end));
    } catch {
      return false;
    }
  }
}

const shown = ({ seq, hash }: EndRow): ChainEnd => ({ seq, hash: hash.toString('hex') });

/** Takes the lock under which one process at a time appends to the chain. @returns false while another process holds it */
async function lock(tx: Tx): Promise<boolean> {
  const [row] = await tx.query<{ held: boolean }>(`SELECT pg_try_advisory_xact_lock(hashtext('heliograph audit chain'), 0) AS held`);
  return row?.held ?? false;
}

/** Seals the ends of the chain under the first key of the ring. Returns the number of changed values by column. */
export async function resealChainEnds(target: DatabaseTarget, secrets: SealedSecrets): Promise<Record<string, number>> {
  const client = newClient(target, { applicationName: 'heliograph-reseal' });
  await client.connect();
  let count = 0;
  try {
    const { rows } = await client.query<{ name: string; seal: string }>('SELECT name, seal FROM audit_chain_ends');
    for (const { name, seal } of rows) {
      if (secrets.isCurrent(seal)) continue;
      const renewed = secrets.seal(secrets.open(seal, placeOf(name)), placeOf(name));
      // Compared with the value that was read: an end that moved meanwhile is sealed with the new key already.
      const { rowCount } = await client.query('UPDATE audit_chain_ends SET seal = $1 WHERE name = $2 AND seal = $3', [renewed, name, seal]);
      count += rowCount ?? 0;
    }
  } finally {
    await client.end();
  }
  return { 'audit_chain_ends.seal': count };
}
