import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  type Actor,
  actorColumn,
  APP_CONFIG,
  AppError,
  Database,
  List,
  listKeys,
  newId,
  notFound,
  outsideAudit,
  type Page,
  type PageRequest,
  readPage,
  sha256,
  type Sql,
  sqlConditions,
  storedActor,
} from '@heliograph/kernel';
import { KnownTenants, type TenantsConfig } from '@heliograph/tenants';
import type { Campaign } from '../campaign';
import { lockCampaign, readCampaign } from '../campaigns.repository';
import { type FlightPlan, revivedPlan } from '../plan/flight-plans.repository';

/** Pages that links open: `report` shows the figures of a launched campaign, `approval` its plan before the launch and takes a decision. */
export type LinkKind = 'report' | 'approval';

/** Decisions that the holder of an approval link may make. */
export const linkVerdicts = ['approved', 'changes_asked'] as const;
export type LinkVerdict = (typeof linkVerdicts)[number];

/** Decision of the holder of an approval link. */
export interface LinkDecision {
  verdict: LinkVerdict;
  /** Name that the holder typed. */
  name: string;
  note: string | null;
  at: Date;
}

/** A link to a page of a campaign. */
export interface CampaignLink {
  id: string;
  campaignId: string;
  createdAt: Date;
  createdBy: Actor;
  expiresAt: Date;
  revokedAt: Date | null;
  revokedBy: Actor | null;
  /** Time of the last read through the link. */
  openedAt: Date | null;
  /** Null: none yet, or a link to a report. */
  decision: LinkDecision | null;
}

/** Content of an approval link, fixed when it is made. */
export interface ApprovalContent {
  /** Hash of what an approval is of, in hexadecimal digits. */
  hash: string;
  plan: FlightPlan;
  /** Contacts for whom the message is shown. */
  sampleIds: string[];
}

/** A campaign whose page a token opens. */
export interface OpenedLink {
  id: string;
  tenantId: string;
  campaignId: string;
  expiresAt: Date;
  /** Null: a link to a report. */
  content: ApprovalContent | null;
  decision: LinkDecision | null;
}

/** A link to make. */
export interface NewLink {
  kind: LinkKind;
  days: number;
  content?: ApprovalContent;
  /** Refuses the link. The campaign is held meanwhile. */
  assert: (tx: Sql, campaign: Campaign) => void | Promise<void>;
}

/** Links of a campaign and a kind that may be open at the same time. */
export const maxOpenLinks = 20;
/** Time between two notes of when a page was read, so that one that stays open writes little. */
const openedStep = `interval '1 minute'`;

const linkList = new List('campaign_report_links', listKeys.id);
const decision = `CASE WHEN r.decision IS NOT NULL THEN jsonb_build_object('verdict', r.decision, 'name', r.decided_by, 'note', r.note, 'at', r.decided_at) END AS decision`;
const columns = `r.id, r.campaign_id AS "campaignId", r.created_at AS "createdAt", ${actorColumn('r.created_by')} AS "createdBy", r.expires_at AS "expiresAt",
  r.revoked_at AS "revokedAt", ${actorColumn('r.revoked_by')} AS "revokedBy", r.opened_at AS "openedAt", ${decision}`;
const isOpen = 'r.revoked_at IS NULL AND r.expires_at > heliograph_now()';
const tokenPattern = /^[A-Za-z0-9_-]{43}$/;

/** Links that show a page of a campaign to somebody without a sign-in, until they expire or are revoked. */
@Injectable()
export class CampaignLinks {
  constructor(
    private readonly db: Database,
    private readonly tenants: KnownTenants,
    @Inject(APP_CONFIG) private readonly config: Pick<TenantsConfig, 'PUBLIC_URL'>,
  ) {}

  /** Returns the links of a campaign, newest first. @throws AppError not_found */
  list(tenantId: string, campaignId: string, kind: LinkKind, page: PageRequest): Promise<Page<CampaignLink>> {
    const [before] = linkList.after(page) ?? [];
    const { values, given } = sqlConditions(tenantId, campaignId, kind);
    return this.db.forTenant(tenantId, async (tx) => {
      await readCampaign(tx, tenantId, campaignId);
      const found = await readPage<CampaignLink>(tx, linkList, page, {
        columns,
        from: 'campaign_report_links r',
        range: ['r.tenant_id = $1', 'r.campaign_id = $2', ...given(before, (p) => `r.id < ${p}::uuid`)],
        checked: ['r.kind = $3'],
        order: 'r.id DESC',
        key: ['r.id'],
        values,
      });
      return { ...found, rows: found.rows.map(revived) };
    });
  }

  /**
   * Makes a link. Its address is returned here and nowhere else.
   * @throws AppError not_found, too_many_links, or what `assert` throws
   */
  create(
    tenantId: string,
    campaignId: string,
    actor: Actor,
    { kind, days, content, assert }: NewLink,
  ): Promise<{ link: CampaignLink; url: string }> {
    const id = newId();
    const token = randomBytes(32).toString('base64url');
    return this.db.forTenant(tenantId, async (tx) => {
      // Held, so that links that are made at the same time count each other.
      await assert(tx, await lockCampaign(tx, tenantId, campaignId));
      const [open] = await tx.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM campaign_report_links r WHERE r.tenant_id = $1 AND r.campaign_id = $2 AND r.kind = $3 AND ${isOpen}`,
        [tenantId, campaignId, kind],
      );
      if ((open?.count ?? 0) >= maxOpenLinks)
        throw new AppError('conflict', 'too_many_links', `The campaign has ${maxOpenLinks} open links. Revoke one first.`);
      await tx.query(
        `INSERT INTO campaign_report_links (tenant_id, id, campaign_id, token_hash, expires_at, created_by, created_by_ref, kind, content_hash, plan, sample_ids)
         VALUES ($1, $2, $3, $4, heliograph_now() + make_interval(days => $5), $6, $7, $8, $9, $10, $11)`,
        [
          ...[tenantId, id, campaignId, sha256(token), days, ...storedActor(actor), kind],
          ...(content ? [Buffer.from(content.hash, 'hex'), JSON.stringify(content.plan), content.sampleIds] : [null, null, null]),
        ],
      );
      const url = `${this.config.PUBLIC_URL.replace(/\/+$/, '')}/admin/${kind}#${token}`;
      return { link: await readLink(tx, tenantId, campaignId, kind, id), url };
    });
  }

  /** Revokes a link. A second time changes nothing. @throws AppError not_found */
  revoke(tenantId: string, campaignId: string, kind: LinkKind, actor: Actor, id: string): Promise<CampaignLink> {
    return this.db.forTenant(tenantId, async (tx) => {
      await tx.query(
        `UPDATE campaign_report_links SET revoked_at = heliograph_now(), revoked_by = $5, revoked_by_ref = $6
         WHERE tenant_id = $1 AND campaign_id = $2 AND kind = $3 AND id = $4 AND revoked_at IS NULL`,
        [tenantId, campaignId, kind, id, ...storedActor(actor)],
      );
      return readLink(tx, tenantId, campaignId, kind, id);
    });
  }

  /**
   * Returns what a token opens.
   * @throws AppError not_found: there is no such link of this kind, or its tenant is suspended; gone `link_expired`, `link_revoked`
   */
  async open(token: string, kind: LinkKind): Promise<OpenedLink> {
    if (!tokenPattern.test(token)) throw notFound('link');
    const [row] = await this.db.prepared<OpenedRow>(
      'campaign_link',
      `SELECT r.tenant_id AS "tenantId", r.id, r.campaign_id AS "campaignId", r.expires_at AS "expiresAt", r.revoked_at IS NOT NULL AS "isRevoked",
         r.expires_at <= heliograph_now() AS "isOver", encode(r.content_hash, 'hex') AS hash, r.plan, r.sample_ids AS "sampleIds", ${decision}
       FROM campaign_report_links r WHERE r.token_hash = $1 AND r.kind = $2`,
      [sha256(token), kind],
    );
    if (!row || (await this.tenants.find(row.tenantId))?.suspended !== false) throw notFound('link');
    const { isRevoked, isOver, hash, plan, sampleIds, ...link } = row;
    if (isRevoked) throw new AppError('gone', 'link_revoked', 'This link was revoked.');
    if (isOver) throw new AppError('gone', 'link_expired', 'This link has expired.');
    // Who decides opens the link by the way: the act is the decision.
    await outsideAudit(() =>
      this.db.query(
        `UPDATE campaign_report_links SET opened_at = heliograph_now()
         WHERE tenant_id = $1 AND id = $2 AND (opened_at IS NULL OR opened_at < heliograph_now() - ${openedStep})`,
        [link.tenantId, link.id],
      ),
    );
    const content = hash !== null && plan !== null ? { hash, plan: revivedPlan(plan), sampleIds: sampleIds ?? [] } : null;
    return revived({ ...link, content });
  }

  /** Stores the one decision of an open link, in the caller's transaction. @throws AppError already_decided, also for a link that ended meanwhile */
  async decide(tx: Sql, { tenantId, id }: OpenedLink, { verdict, name, note }: Omit<LinkDecision, 'at'>): Promise<void> {
    const [decided] = await tx.query(
      `UPDATE campaign_report_links r SET decision = $3, decided_at = heliograph_now(), decided_by = $4, note = $5
       WHERE r.tenant_id = $1 AND r.id = $2 AND r.decision IS NULL AND ${isOpen} RETURNING 1`,
      [tenantId, id, verdict, name, note],
    );
    if (!decided) throw new AppError('conflict', 'already_decided', 'A decision was made with this link, or it has ended.');
  }
}

type OpenedRow = Omit<OpenedLink, 'content'> & {
  isRevoked: boolean;
  isOver: boolean;
  hash: string | null;
  plan: FlightPlan | null;
  sampleIds: string[] | null;
};

/** Returns a stored link with the time of its decision as a date. */
const revived = <L extends { decision: LinkDecision | null }>(link: L): L => ({
  ...link,
  decision: link.decision && { ...link.decision, at: new Date(link.decision.at) },
});

/** @throws AppError not_found */
async function readLink(sql: Sql, tenantId: string, campaignId: string, kind: LinkKind, id: string): Promise<CampaignLink> {
  const [row] = await sql.query<CampaignLink>(
    `SELECT ${columns} FROM campaign_report_links r WHERE r.tenant_id = $1 AND r.campaign_id = $2 AND r.kind = $3 AND r.id = $4`,
    [tenantId, campaignId, kind, id],
  );
  if (!row) throw notFound('link');
  return revived(row);
}
