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
  type Page,
  type PageRequest,
  readPage,
  sha256,
  type Sql,
  sqlConditions,
  storedActor,
} from '@heliograph/kernel';
import { KnownTenants, type TenantsConfig } from '@heliograph/tenants';
import { lockCampaign, readCampaign } from '../campaigns.repository';

/** A link to the report of a campaign. */
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
}

/** Campaign whose report a token opens. */
export interface OpenedLink {
  tenantId: string;
  campaignId: string;
  expiresAt: Date;
}

/** Report links of a campaign that may be open at the same time. */
export const maxOpenLinks = 20;
/** Time between two notes of when a report was read, so that a page that is open writes little. */
const openedStep = `interval '1 minute'`;

const linkList = new List('campaign_report_links', listKeys.id);
const columns = `r.id, r.campaign_id AS "campaignId", r.created_at AS "createdAt", ${actorColumn('r.created_by')} AS "createdBy", r.expires_at AS "expiresAt",
  r.revoked_at AS "revokedAt", ${actorColumn('r.revoked_by')} AS "revokedBy", r.opened_at AS "openedAt"`;
const isOpen = 'r.revoked_at IS NULL AND r.expires_at > heliograph_now()';
const tokenPattern = /^[A-Za-z0-9_-]{43}$/;

/** Links that show the report of a campaign to somebody without a sign-in, until they expire or are revoked. */
@Injectable()
export class CampaignLinks {
  constructor(
    private readonly db: Database,
    private readonly tenants: KnownTenants,
    @Inject(APP_CONFIG) private readonly config: Pick<TenantsConfig, 'PUBLIC_URL'>,
  ) {}

  /** Returns the links of a campaign, newest first. @throws AppError not_found */
  list(tenantId: string, campaignId: string, page: PageRequest): Promise<Page<CampaignLink>> {
    const [before] = linkList.after(page) ?? [];
    const { values, given } = sqlConditions(tenantId, campaignId);
    return this.db.forTenant(tenantId, async (tx) => {
      await readCampaign(tx, tenantId, campaignId);
      return readPage<CampaignLink>(tx, linkList, page, {
        columns,
        from: 'campaign_report_links r',
        range: ['r.tenant_id = $1', 'r.campaign_id = $2', ...given(before, (p) => `r.id < ${p}::uuid`)],
        order: 'r.id DESC',
        key: ['r.id'],
        values,
      });
    });
  }

  /**
   * Makes a link. Its address is returned here and nowhere else.
   * @throws AppError not_found, campaign_not_launched, too_many_links
   */
  create(tenantId: string, campaignId: string, actor: Actor, days: number): Promise<{ link: CampaignLink; url: string }> {
    const id = newId();
    const token = randomBytes(32).toString('base64url');
    return this.db.forTenant(tenantId, async (tx) => {
      // Held, so that links that are made at the same time count each other.
      const { state } = await lockCampaign(tx, tenantId, campaignId);
      if (state === 'draft' || state === 'checked')
        throw new AppError('conflict', 'campaign_not_launched', 'The campaign was not launched: there is nothing to report yet.');
      const [open] = await tx.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM campaign_report_links r WHERE r.tenant_id = $1 AND r.campaign_id = $2 AND ${isOpen}`,
        [tenantId, campaignId],
      );
      if ((open?.count ?? 0) >= maxOpenLinks)
        throw new AppError('conflict', 'too_many_links', `The campaign has ${maxOpenLinks} open links. Revoke one first.`);
      await tx.query(
        `INSERT INTO campaign_report_links (tenant_id, id, campaign_id, token_hash, expires_at, created_by, created_by_ref)
         VALUES ($1, $2, $3, $4, heliograph_now() + make_interval(days => $5), $6, $7)`,
        [tenantId, id, campaignId, sha256(token), days, ...storedActor(actor)],
      );
      const url = `${this.config.PUBLIC_URL.replace(/\/+$/, '')}/admin/report#${token}`;
      return { link: await readLink(tx, tenantId, campaignId, id), url };
    });
  }

  /** Revokes a link. A second time changes nothing. @throws AppError not_found */
  revoke(tenantId: string, campaignId: string, actor: Actor, id: string): Promise<CampaignLink> {
    return this.db.forTenant(tenantId, async (tx) => {
      await tx.query(
        `UPDATE campaign_report_links SET revoked_at = heliograph_now(), revoked_by = $4, revoked_by_ref = $5
         WHERE tenant_id = $1 AND campaign_id = $2 AND id = $3 AND revoked_at IS NULL`,
        [tenantId, campaignId, id, ...storedActor(actor)],
      );
      return readLink(tx, tenantId, campaignId, id);
    });
  }

  /** Returns whose report a token opens. @throws AppError not_found: there is no such link, or its tenant is suspended; gone `link_expired`, `link_revoked` */
  async open(token: string): Promise<OpenedLink> {
    if (!tokenPattern.test(token)) throw notFound('link');
    const [row] = await this.db.prepared<OpenedLink & { isRevoked: boolean; isOver: boolean; id: string }>(
      'campaign_report_link',
      `SELECT r.tenant_id AS "tenantId", r.id, r.campaign_id AS "campaignId", r.expires_at AS "expiresAt", r.revoked_at IS NOT NULL AS "isRevoked",
         r.expires_at <= heliograph_now() AS "isOver"
       FROM campaign_report_links r WHERE r.token_hash = $1`,
      [sha256(token)],
    );
    if (!row || (await this.tenants.find(row.tenantId))?.suspended !== false) throw notFound('link');
    const { isRevoked, isOver, id, ...report } = row;
    if (isRevoked) throw new AppError('gone', 'link_revoked', 'This link was revoked.');
    if (isOver) throw new AppError('gone', 'link_expired', 'This link has expired.');
    await this.db.query(
      `UPDATE campaign_report_links SET opened_at = heliograph_now()
       WHERE tenant_id = $1 AND id = $2 AND (opened_at IS NULL OR opened_at < heliograph_now() - ${openedStep})`,
      [report.tenantId, id],
    );
    return report;
  }
}

/** @throws AppError not_found */
async function readLink(sql: Sql, tenantId: string, campaignId: string, id: string): Promise<CampaignLink> {
  const [row] = await sql.query<CampaignLink>(
    `SELECT ${columns} FROM campaign_report_links r WHERE r.tenant_id = $1 AND r.campaign_id = $2 AND r.id = $3`,
    [tenantId, campaignId, id],
  );
  if (!row) throw notFound('link');
  return row;
}
