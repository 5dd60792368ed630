import { isContactGoneSql, lacksConsentSql } from '@heliograph/contacts';
import type { MessageState } from '../message';
import type { OriginKind } from '../message-origin';
import { stateList } from '../message-states';

/*
 * Facts about groups and their messages, as SQL for the statements of their owners.
 */

const countedIn = (tenantId: string, groupId: string, states: MessageState[]): string => `coalesce((
  SELECT sum(gc.count) > 0 FROM message_group_counts gc
  WHERE gc.tenant_id = ${tenantId} AND gc.group_id = ${groupId} AND gc.state IN ${stateList(states)}), false)`;

/** SQL: true when messages of the group wait, or are being called. */
export const groupWaitsSql = (tenantId: string, groupId: string): string =>
  countedIn(tenantId, groupId, ['scheduled', 'queued', 'claimed', 'calling']);

/** SQL: true when an outcome of a message of the group is unknown and nobody was asked yet: evidence is looked for, or it is sent again by the policy. */
export const groupDoubtsSql = (tenantId: string, groupId: string): string => `(${countedIn(tenantId, groupId, ['uncertain'])} AND EXISTS (
  SELECT 1 FROM messages um WHERE um.tenant_id = ${tenantId} AND um.group_id = ${groupId} AND um.uncertain_since IS NOT NULL))`;

/** SQL: query of `tenant_id` and `group_id`, the groups apart that wait in lanes; some of them have no message there any more. */
export const groupsInLanesSql = `SELECT DISTINCT lg.tenant_id, lg.group_id FROM lane_groups lg`;

/** SQL: true when the window of a waiting message of the group is over. */
export const hasPassedWindowsSql = (tenantId: string, groupId: string): string =>
  `EXISTS (SELECT 1 FROM messages wm WHERE wm.tenant_id = ${tenantId} AND wm.group_id = ${groupId} AND wm.due_at IS NOT NULL AND wm.window_ends_at <= heliograph_now())`;

/** SQL: true when a message of this id exists. */
export const hasMessageSql = (tenantId: string, id: string): string =>
  `EXISTS (SELECT 1 FROM messages em WHERE em.tenant_id = ${tenantId} AND em.id = ${id})`;

/** SQL: the session of the message of this id; null: there is no such message. */
export const sessionOfMessageSql = (tenantId: string, id: string): string =>
  `(SELECT em.session_id FROM messages em WHERE em.tenant_id = ${tenantId} AND em.id = ${id})`;

/** SQL: query of `contact_id`, the contacts whom messages of the group were written for. */
export const contactsOfGroupSql = (tenantId: string, groupId: string): string =>
  `SELECT (gm.origin ->> 'contactId')::uuid AS contact_id FROM messages gm WHERE gm.tenant_id = ${tenantId} AND gm.group_id = ${groupId}`;

/** SQL: true when a message of this id exists and waits no longer: it was sent, or it ended otherwise. */
export const hasLeftLaneSql = (tenantId: string, id: string): string =>
  `EXISTS (SELECT 1 FROM messages em WHERE em.tenant_id = ${tenantId} AND em.id = ${id} AND em.due_at IS NULL)`;

/** SQL: true when a message that was sent to the address after that time was delivered. */
export const deliveredSinceSql = (tenantId: string, address: string, since: string): string =>
  `EXISTS (SELECT 1 FROM messages dm WHERE dm.tenant_id = ${tenantId} AND dm.recipient = ${address} AND dm.sent_at > ${since} AND dm.delivered_at IS NOT NULL)`;

/** Kind of origin and of group of the messages of campaigns. */
export const campaignKind: OriginKind = 'campaign';

/** SQL: true for a message of a campaign. */
export const isOfCampaignSql = (m: string): string => `coalesce(${m}.origin ->> 'kind' = '${campaignKind}', false)`;

/**
 * SQL: why a message is not sent again: the undo of an import deleted its contact, or the contact has no consent any more, which the group needs. Null: it
 * may be.
 */
export const lostPersonSql = (m: string): string => {
  const contact = `(${m}.origin ->> 'contactId')::uuid`;
  return `CASE WHEN ${isContactGoneSql(`${m}.tenant_id`, contact)} THEN 'import_undone'
    WHEN EXISTS (SELECT 1 FROM message_groups ng WHERE ng.tenant_id = ${m}.tenant_id AND ng.id = ${m}.group_id AND ng.needs_consent)
      AND ${lacksConsentSql(`${m}.tenant_id`, contact)} THEN 'no_consent' END`;
};

/**
 * SQL: the end of the window of a message that is sent again. That of a campaign gets a window that is over, so that the campaign gives it the next one by the
 * hours that hold now; no claim takes it before.
 */
export const windowAnewSql = (m: string): string => `CASE WHEN ${isOfCampaignSql(m)} THEN heliograph_now() ELSE ${m}.window_ends_at END`;
