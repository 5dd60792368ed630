import { Injectable } from '@nestjs/common';
import {
  AppError,
  type ChangeGuard,
  Database,
  List,
  listKeys,
  newId,
  notFound,
  type Page,
  type PageRequest,
  type Sql,
  type Tx,
} from '@heliograph/kernel';
import type { Grant } from '../roles';
import { networkOf } from '../sign-in/network';

/** A person of the agency. */
export interface StaffMember {
  id: string;
  name: string;
  email: string;
  grants: Grant[];
  /** True once an authenticator app is set up. */
  hasTotp: boolean;
  /** False while the person has set no password and signed in by no other way. */
  isReady: boolean;
  disabledAt: Date | null;
  createdAt: Date;
  lastSeenAt: Date | null;
  /** Time at which tries to sign in were last too many, within a day, until somebody acknowledges it. */
  guessedAt: Date | null;
}

/** An open sign-in of a person: a browser. */
export interface SignIn {
  id: string;
  address: string | null;
  userAgent: string | null;
  createdAt: Date;
  expiresAt: Date;
}

const personList = new List('staff', listKeys.id);
/** SQL: tries to sign in as the person `u` were too many within a day, and nobody acknowledged it. */
const isGuessedSql = `u.guessed_at > heliograph_now() - interval '1 day' AND u.guesses_seen_at IS DISTINCT FROM u.guessed_at`;
const columns = `u.id, u.name, u.email, u.two_factor_enabled AS "hasTotp", u.disabled_at AS "disabledAt", u.created_at AS "createdAt",
  EXISTS (SELECT 1 FROM staff_accounts a WHERE a.user_id = u.id) AS "isReady",
  (SELECT max(s.updated_at) FROM staff_sign_ins s WHERE s.user_id = u.id) AS "lastSeenAt",
  CASE WHEN ${isGuessedSql} THEN u.guessed_at END AS "guessedAt",
  coalesce((SELECT jsonb_agg(jsonb_build_object('role', g.role, 'tenantId', g.for_tenant_id) ORDER BY g.role, g.for_tenant_id) FROM staff_grants g WHERE g.user_id = u.id), '[]') AS grants`;

/** People, their roles and their open sign-ins. */
@Injectable()
export class StaffPeople {
  constructor(private readonly db: Database) {}

  find(id: string): Promise<StaffMember | null> {
    return findPerson(this.db, id);
  }

  /** @throws AppError not_found */
  get(id: string): Promise<StaffMember> {
    return getPerson(this.db, id);
  }

  async withEmail(email: string): Promise<StaffMember | null> {
    const [person] = await this.db.query<StaffMember>(`SELECT ${columns} FROM staff_users u WHERE u.email = $1`, [email.toLowerCase()]);
    return person ?? null;
  }

  /** Newest first. */
  async list(page: PageRequest): Promise<Page<StaffMember>> {
    const [before = null] = personList.after(page) ?? [];
    const rows = await this.db.query<StaffMember>(
      `SELECT ${columns} FROM staff_users u WHERE ($1::uuid IS NULL OR u.id < $1) ORDER BY u.id DESC LIMIT $2`,
      [before, page.limit + 1],
    );
    return personList.pageOf(rows, page.limit, (row) => [row.id]);
  }

  /** True when there is nobody yet. */
  async isEmpty(): Promise<boolean> {
    const [row] = await this.db.query<{ some: boolean }>('SELECT EXISTS (SELECT 1 FROM staff_users) AS some');
    return !row?.some;
  }

  /**
   * Adds a person with these roles, who has no password yet. Whoever invites vouches for the email.
   * @throws AppError `email_taken`, `last_owner` when nobody owns the installation yet and this one neither
   */
  async add(person: { name: string; email: string; grants: readonly Grant[] }): Promise<string> {
    const id = newId();
    await this.keepingOwner(async (tx) => {
      const [added] = await tx.query(
        `INSERT INTO staff_users (id, name, email, email_verified) VALUES ($1, $2, $3, true) ON CONFLICT (email) DO NOTHING RETURNING id`,
        [id, person.name, person.email.toLowerCase()],
      );
      if (!added) throw new AppError('conflict', 'email_taken', 'Somebody with this email is here already.', { path: 'email' });
      await putGrants(tx, id, person.grants);
    });
    return id;
  }

  /**
   * Changes name, roles, and whether a person is kept out: all of it or nothing. Sign-ins and links of a disabled person end.
   * One owner for all tenants always stays, and one who can sign in when there was one.
   * @throws AppError `last_owner`, not_found, and what the guard throws
   */
  change(
    userId: string,
    change: { name?: string; grants?: readonly Grant[]; isDisabled?: boolean },
    guard?: ChangeGuard<StaffMember>,
  ): Promise<StaffMember> {
    return this.keepingOwner(async (tx) => {
      await tx.query('SELECT 1 FROM staff_users WHERE id = $1 FOR UPDATE', [userId]);
      const before = await getPerson(tx, userId);
      guard?.(before);
      if (change.name !== undefined)
        await tx.query(`UPDATE staff_users SET name = $2, updated_at = heliograph_now() WHERE id = $1`, [userId, change.name]);
      if (change.grants) {
        await tx.query('DELETE FROM staff_grants WHERE user_id = $1', [userId]);
        await putGrants(tx, userId, change.grants);
      }
      if (change.isDisabled !== undefined)
        await tx.query(
          `UPDATE staff_users SET disabled_at = CASE WHEN $2 THEN coalesce(disabled_at, heliograph_now()) END, updated_at = heliograph_now() WHERE id = $1`,
          [userId, change.isDisabled],
        );
      if (change.isDisabled) {
        await tx.query('DELETE FROM staff_sign_ins WHERE user_id = $1', [userId]);
        await endLinks(tx, userId);
      }
      return getPerson(tx, userId);
    });
  }

  /**
   * Acknowledges that somebody guessed at the person's account, up to the time that was seen. Later guesses raise the alert again.
   * @throws AppError `guessed_again`, not_found
   */
  acknowledgeGuesses(userId: string, seenAt: Date): Promise<StaffMember> {
    return this.db.transaction(async (tx) => {
      await tx.query('SELECT 1 FROM staff_users WHERE id = $1 FOR UPDATE', [userId]);
      const person = await getPerson(tx, userId);
      if (person.guessedAt === null) return person;
      if (person.guessedAt > seenAt)
        throw new AppError(
          'conflict',
          'guessed_again',
          'Somebody guessed again after the time that you acknowledge. Read the person again.',
        );
      await tx.query('UPDATE staff_users SET guesses_seen_at = guessed_at WHERE id = $1', [userId]);
      return getPerson(tx, userId);
    });
  }

  /** Ends every link of a person that sets a password or signs in, and sign-ins that wait for a code. */
  async endLinks(userId: string): Promise<void> {
    await endLinks(this.db, userId);
  }

  /** Open sign-ins, newest first. */
  signInsOf(userId: string): Promise<SignIn[]> {
    return this.db.query<SignIn>(
      `SELECT id, ip_address AS address, user_agent AS "userAgent", created_at AS "createdAt", expires_at AS "expiresAt"
       FROM staff_sign_ins WHERE user_id = $1 AND expires_at > heliograph_now() ORDER BY id DESC LIMIT 100`,
      [userId],
    );
  }

  /** Ends sign-ins of a person: one, or all but `keep`. Returns how many ended. */
  async endSignIns(userId: string, which: { id?: string; keep?: string }): Promise<number> {
    const rows = await this.db.query(
      `DELETE FROM staff_sign_ins WHERE user_id = $1 AND ($2::uuid IS NULL OR id = $2) AND ($3::uuid IS NULL OR id <> $3) RETURNING id`,
      [userId, which.id ?? null, which.keep ?? null],
    );
    return rows.length;
  }

  /** Keeps the network of a sign-in for 90 days, which outlasts the sign-in. */
  async rememberAddress(userId: string, address: string): Promise<void> {
    await this.db.query(
      `WITH old AS (DELETE FROM staff_known_networks WHERE user_id = $1 AND network <> $2 AND signed_in_at < heliograph_now() - interval '90 days')
       INSERT INTO staff_known_networks (user_id, network) VALUES ($1, $2)
       ON CONFLICT (user_id, network) DO UPDATE SET signed_in_at = excluded.signed_in_at`,
      [userId, networkOf(address)],
    );
  }

  /** True when somebody signed in as this person from there within the last 90 days: tries from there are not counted with those of strangers. */
  async isKnownAddress(email: string, address: string): Promise<boolean> {
    const [row] = await this.db.query<{ known: boolean }>(
      `SELECT EXISTS (SELECT 1 FROM staff_known_networks n JOIN staff_users u ON u.id = n.user_id
         WHERE u.email = $1 AND n.network = $2 AND n.signed_in_at > heliograph_now() - interval '90 days') AS known`,
      [email.toLowerCase(), networkOf(address)],
    );
    return row?.known ?? false;
  }

  /** Notes that tries to sign in as this person were refused for being too many. @returns the person; null: nobody has the email, or it was noted within the last minutes */
  async noteGuesses(email: string): Promise<Pick<StaffMember, 'id' | 'name'> | null> {
    const [person] = await this.db.query<Pick<StaffMember, 'id' | 'name'>>(
      `UPDATE staff_users SET guessed_at = heliograph_now()
       WHERE email = $1 AND (guessed_at IS NULL OR guessed_at <= heliograph_now() - interval '15 minutes') RETURNING id, name`,
      [email.trim().toLowerCase()],
    );
    return person ?? null;
  }

  private keepingOwner<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.transaction(async (tx) => {
      // One at a time, or two owners could take the role from each other.
      await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('staff_grants', 0))`);
      const before = await ownersOf(tx);
      const done = await work(tx);
      const after = await ownersOf(tx);
      if (after.some && (after.ready || !before.ready)) return done;
      throw new AppError('conflict', 'last_owner', 'An installation keeps at least one owner who can sign in.');
    });
  }
}

async function findPerson(sql: Sql, id: string): Promise<StaffMember | null> {
  const [person] = await sql.query<StaffMember>(`SELECT ${columns} FROM staff_users u WHERE u.id = $1`, [id]);
  return person ?? null;
}

/** @throws AppError not_found */
async function getPerson(sql: Sql, id: string): Promise<StaffMember> {
  const person = await findPerson(sql, id);
  if (!person) throw notFound('person');
  return person;
}

/** State of the owners for all tenants: whether there are any, and whether one accepted the invitation. */
async function ownersOf(tx: Tx): Promise<{ some: boolean; ready: boolean }> {
  const [row] = await tx.query<{ some: boolean; ready: boolean }>(
    `SELECT count(*) > 0 AS some, coalesce(bool_or(EXISTS (SELECT 1 FROM staff_accounts a WHERE a.user_id = u.id)), false) AS ready
     FROM staff_grants g JOIN staff_users u ON u.id = g.user_id WHERE g.role = 'owner' AND g.for_tenant_id IS NULL AND u.disabled_at IS NULL`,
  );
  return row ?? { some: false, ready: false };
}

/** A person whose account somebody guesses at. */
export interface GuessedAccount {
  id: string;
  name: string;
  since: Date;
}

/** Returns the people whose accounts got too many tries within a day that nobody acknowledged, the latest first. */
export function guessedAccounts(sql: Sql): Promise<GuessedAccount[]> {
  return sql.query<GuessedAccount>(
    `SELECT u.id, u.name, u.guessed_at AS since FROM staff_users u WHERE ${isGuessedSql} ORDER BY u.guessed_at DESC LIMIT 100`,
  );
}

async function putGrants(tx: Tx, userId: string, grants: readonly Grant[]): Promise<void> {
  await tx.query(
    `INSERT INTO staff_grants (id, user_id, role, for_tenant_id) SELECT g.id, $1, g.role, g.tenant_id FROM unnest($2::uuid[], $3::text[], $4::uuid[]) AS g(id, role, tenant_id) ON CONFLICT DO NOTHING`,
    [userId, grants.map(() => newId()), grants.map(({ role }) => role), grants.map(({ tenantId }) => tenantId)],
  );
}

async function endLinks(sql: Sql, userId: string): Promise<void> {
  // The library keeps the link that signs a person in under the email instead of the id.
  await sql.query(
    `DELETE FROM staff_verifications v USING staff_users u WHERE u.id = $1 AND (v.value = u.id::text
       OR CASE WHEN v.value LIKE '{"type":"magic-link"%' THEN v.value::jsonb->>'email' = u.email END)`,
    [userId],
  );
}
