import { InboundMessages } from '@heliograph/inbox';
import { type Actor, Database, newId } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import { GroupSettling } from '@heliograph/messaging';
import { apiKeyScopes } from '@heliograph/tenants';
import { routeAuditOf } from '../../apps/api/src/http/audit/audited-routes';
import { ApiRig, fileForm, text } from './api-rig';
import { operations } from './document';

let rig: ApiRig;
let desk: Awaited<ReturnType<typeof aDesk>>;
beforeAll(async () => {
  rig = await ApiRig.start();
  await rig.work();
  desk = await aDesk();
});
afterAll(() => rig.stop());

type Row = Record<string, unknown>;

/** A tenant with a session, whose core application calls with a key of the name Desk. */
async function aDesk() {
  const tenant = await rig.tenant();
  const session = await rig.session(tenant.id);
  const made = await rig.call('POST', '/v1/api-keys', {
    key: tenant.key,
    body: { name: 'Desk', scopes: apiKeyScopes },
  });
  const actor: Actor = { kind: 'key', id: made.body.id as string, name: 'Desk' };
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const reply = await rig.call(method, path, { key: made.body.secret as string, headers, ...(body !== undefined && { body }) });
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`);
    return reply.body;
  };
  const first = async (path: string) => ((await call('GET', path)).data as Row[])[0];
  return { tenantId: tenant.id, sessionId: session.id, key: made.body.secret as string, actor, call, first };
}

let lastPhone = 447_700_901_000;
const aPhone = () => `+${++lastPhone}`;
const aContact = async (addresses = [aPhone()]) => (await desk.call('PUT', '/v1/contacts', { addresses })).id as string;

async function aLetter(): Promise<string> {
  const [id, messageId] = [newId(), newId()];
  await rig.get(Database).query(
    `INSERT INTO messages (tenant_id, id, session_id, class, state, cause, recipient, kind, body, created_at, expires_at)
     VALUES ($1, $2, $3, 0, 'failed', 'invalid_recipient', $4, 'text', '{"content":{"kind":"text","text":"Hello"}}', heliograph_now(), heliograph_now() + interval '1 day')`,
    [desk.tenantId, messageId, desk.sessionId, aPhone()],
  );
  await rig
    .get(Database)
    .query(`INSERT INTO dead_letters (tenant_id, id, kind, subject_id, cause) VALUES ($1, $2, 'message', $3, 'invalid_recipient')`, [
      desk.tenantId,
      id,
      messageId,
    ]);
  return id;
}

async function aReview(): Promise<string> {
  const id = newId();
  await rig.get(Database).query(
    `INSERT INTO opt_out_reviews (tenant_id, id, contact_id, entry_id, session_id, address, text, keyword, language)
     VALUES ($1, $2, $3, $4, $5, $6, 'stop please', 'stop', 'en')`,
    [desk.tenantId, id, await aContact(), newId(), desk.sessionId, aPhone()],
  );
  return id;
}

async function aConversation(): Promise<string> {
  const id = newId();
  await rig.get(Database).query(
    `INSERT INTO conversations (tenant_id, id, session_id, kind, contact_id, address, last_entry_at)
     VALUES ($1, $2, $3, 'person', $4, $5, heliograph_now())`,
    [desk.tenantId, id, desk.sessionId, await aContact(), aPhone()],
  );
  return id;
}

const anEndpoint = async () =>
  (await desk.call('POST', '/v1/callback-endpoints', { name: 'Core', url: 'https://core.example.com/x', paused: true })).id as string;
const aGroup = async () =>
  (await desk.call('POST', '/v1/messages/bulk', { messages: [text(aPhone(), { session_id: desk.sessionId })] })).group_id as string;
const anEdit = async () =>
  (await desk.call('POST', '/v1/contacts/bulk-edit', { selection: { ids: [await aContact()] }, changes: { add_tags: ['seen'] } }))
    .id as string;
/** An import that is mapped. */
const anImport = async () => {
  const { body, headers } = fileForm(`phone\n${aPhone()}\n`);
  const { id } = await desk.call('POST', '/v1/imports', body, headers);
  await desk.call('PUT', `/v1/imports/${id as string}/mapping`, { columns: [{ column: 'phone', to: 'phone' }], consent: null });
  return id as string;
};
const anOpenImport = () => desk.call('POST', '/v1/imports/api', { name: 'People', consent: null });
const rule = {
  name: 'Welcome',
  event: 'user_onboarded',
  actions: [{ type: 'send_message', message: { type: 'text', text: 'Welcome!' } }],
};
const aRule = async () => {
  await desk.call('PUT', '/v1/event-types/user_onboarded', { schema: { type: 'object' } });
  return (await desk.call('POST', '/v1/event-rules', rule)).id as string;
};
const aTemplate = () => desk.call('POST', '/v1/templates', { name: 'Summer', content: { type: 'text', text: 'Hi {{ contact.name }}' } });
/** A new approval link of a campaign that the client is to approve. */
const anApprovalLink = async () => {
  const path = `/v1/campaigns/${await aCampaign()}/approval-links`;
  await desk.call('PATCH', '/v1/tenant', { settings: { campaign_approval: 'client' } });
  const link = await desk.call('POST', path, {});
  await desk.call('PATCH', '/v1/tenant', { settings: { campaign_approval: 'off' } });
  return { path, link };
};
/** A campaign that can be launched. */
const aCampaign = async () => {
  const list = await desk.call('POST', '/v1/contact-lists', { name: `People ${aPhone()}` });
  await desk.call('POST', `/v1/contact-lists/${String(list.id)}/members`, { ids: [await aContact()] });
  const { id } = await desk.call('POST', '/v1/campaigns', {
    name: 'Summer',
    requires_consent: false,
    audience: { include: [{ kind: 'list', id: list.id }] },
    message: { template_id: (await aTemplate()).id, variables: { 'contact.name': 'friend' } },
    schedule: { start: 'at', at: new Date(Date.now() + 86_400_000).toISOString() },
  });
  return id as string;
};
const aLaunchedCampaign = async () => {
  const id = await aCampaign();
  await desk.call('POST', `/v1/campaigns/${id}/launch`, {});
  return id;
};

/** Acts of a key that return an object which shows the actor, by operation. */
const shown: Record<string, () => Promise<unknown>> = {
  cancelMessage: async () => {
    const { id } = await desk.call(
      'POST',
      '/v1/messages',
      text(aPhone(), { send_at: new Date(Date.now() + 86_400_000).toISOString(), session_id: desk.sessionId }),
    );
    const { timeline } = await desk.call('POST', `/v1/messages/${id as string}/cancel`);
    return (timeline as Row[]).at(-1)?.actor;
  },
  pauseMessageGroup: async () => (await desk.call('POST', `/v1/groups/${await aGroup()}/pause`)).state_changed_by,
  resumeMessageGroup: async () => {
    const id = await aGroup();
    await desk.call('POST', `/v1/groups/${id}/pause`);
    await rig.get(Database).query(`UPDATE message_groups SET state_changed_by = NULL WHERE id = $1`, [id]);
    return (await desk.call('POST', `/v1/groups/${id}/resume`)).state_changed_by;
  },
  cancelMessageGroup: async () => {
    const send_at = new Date(Date.now() + 86_400_000).toISOString();
    const bulk = await desk.call('POST', '/v1/messages/bulk', { messages: [text(aPhone(), { send_at, session_id: desk.sessionId })] });
    const { state_changed_by: actor } = await desk.call('POST', `/v1/groups/${bulk.group_id as string}/cancel`);
    const message = async () => desk.call('GET', `/v1/messages/${((bulk.results as Row[])[0] as Row).id as string}`);
    await rig.get(GroupSettling).settle();
    await until(async () => (await message()).state === 'cancelled');
    expect(((await message()).timeline as Row[]).at(-1)?.actor).toEqual(actor);
    return actor;
  },
  redriveDeadLetters: async () => {
    const id = await aLetter();
    await desk.call('POST', '/v1/dead-letters/redrive', { filter: { kind: 'message' } });
    return (await desk.call('GET', `/v1/dead-letters/${id}`)).resolved_by;
  },
  redriveDeadLetter: async () => (await desk.call('POST', `/v1/dead-letters/${await aLetter()}/redrive`, {})).resolved_by,
  discardDeadLetter: async () => (await desk.call('POST', `/v1/dead-letters/${await aLetter()}/discard`, { reason: 'Known.' })).resolved_by,
  takeDeadLetterCause: async () => {
    await aLetter();
    await desk.call('PUT', '/v1/dead-letters/causes/message/invalid_recipient/care', { note: 'Asked the client.' });
    const causes = (await desk.call('GET', '/v1/dead-letters/causes')).data as Row[];
    return (causes.find(({ cause }) => cause === 'invalid_recipient')?.care as Row).actor;
  },
  setDeadLetterAlert: async () => (await desk.call('PUT', '/v1/dead-letters/causes/message/invalid_recipient/alert', { from: 20 })).actor,
  createCallbackEndpoint: async () => (await desk.call('GET', `/v1/callback-endpoints/${await anEndpoint()}`)).created_by,
  updateCallbackEndpoint: async () =>
    (await desk.call('PATCH', `/v1/callback-endpoints/${await anEndpoint()}`, { rate_per_s: 10 })).changed_by,
  pauseCallbackEndpoint: async () => {
    const id = await anEndpoint();
    await desk.call('POST', `/v1/callback-endpoints/${id}/resume`);
    await rig.get(Database).query(`UPDATE callback_endpoints SET changed_by = NULL WHERE id = $1`, [id]);
    return (await desk.call('POST', `/v1/callback-endpoints/${id}/pause`)).changed_by;
  },
  resumeCallbackEndpoint: async () => (await desk.call('POST', `/v1/callback-endpoints/${await anEndpoint()}/resume`)).changed_by,
  rotateCallbackSecret: async () => (await desk.call('POST', `/v1/callback-endpoints/${await anEndpoint()}/rotate-secret`)).changed_by,
  createContactList: async () => (await desk.call('POST', '/v1/contact-lists', { name: 'News' })).created_by,
  createSegment: async () => (await desk.call('POST', '/v1/segments', { name: 'All', tree: { rules: [] } })).created_by,
  updateSegment: async () => {
    const { id } = await desk.call('POST', '/v1/segments', { name: 'All', tree: { rules: [] } });
    return (await desk.call('PATCH', `/v1/segments/${id as string}`, { name: 'Everybody' })).updated_by;
  },
  checkCampaign: async () => {
    const list = await desk.call('POST', '/v1/contact-lists', { name: `People ${aPhone()}` });
    const { id: contact } = await desk.call('PUT', '/v1/contacts', { addresses: [aPhone()], name: 'Ann' });
    await desk.call('POST', `/v1/contact-lists/${list.id as string}/members`, { ids: [contact] });
    const id = await aCampaign();
    await desk.call('PATCH', `/v1/campaigns/${id}`, { requires_consent: false, audience: { include: [{ kind: 'list', id: list.id }] } });
    await desk.call('POST', `/v1/campaigns/${id}/check`);
    const entry = await desk.first(`/v1/campaigns/${id}/log`);
    return entry?.kind === 'checked' && entry.actor;
  },
  launchCampaign: async () => (await desk.call('GET', `/v1/campaigns/${await aLaunchedCampaign()}`)).state_changed_by,
  pauseCampaign: async () => (await desk.call('POST', `/v1/campaigns/${await aLaunchedCampaign()}/pause`)).state_changed_by,
  resumeCampaign: async () => {
    const id = await aLaunchedCampaign();
    await desk.call('POST', `/v1/campaigns/${id}/pause`);
    await rig.get(Database).query(`UPDATE campaigns SET state_changed_by = 'x', state_changed_by_ref = NULL WHERE id = $1`, [id]);
    return (await desk.call('POST', `/v1/campaigns/${id}/resume`)).state_changed_by;
  },
  cancelCampaign: async () => (await desk.call('POST', `/v1/campaigns/${await aLaunchedCampaign()}/cancel`)).state_changed_by,
  changeCampaignPace: async () => {
    const id = await aLaunchedCampaign();
    await desk.call('PATCH', `/v1/campaigns/${id}/pace`, { pace: { window_limit: 5 } });
    const entry = await desk.first(`/v1/campaigns/${id}/log`);
    return entry?.kind === 'changed' && entry.actor;
  },
  cancelCampaignRetry: async () => {
    const id = await aCampaign();
    await desk.call('PATCH', `/v1/campaigns/${id}`, { retry: { reasons: ['provider_error'] } });
    await desk.call('POST', `/v1/campaigns/${id}/launch`, {});
    await desk.call('POST', `/v1/campaigns/${id}/stop-retry`);
    const log = (await desk.call('GET', `/v1/campaigns/${id}/log`)).data as Row[];
    return log.find(({ kind }) => kind === 'retry_stopped')?.actor;
  },
  copyCampaign: async () => (await desk.call('POST', `/v1/campaigns/${await aCampaign()}/copy`, {})).created_by,
  createCampaign: async () => (await desk.call('POST', '/v1/campaigns', { name: 'Summer' })).created_by,
  createCampaignFollowUp: async () => {
    const id = await aLaunchedCampaign();
    const contactId = await aContact();
    await rig
      .get(Database)
      .query(
        `INSERT INTO campaign_skips (tenant_id, campaign_id, contact_id, reason) SELECT tenant_id, $1, id, 'no_consent' FROM contacts WHERE id = $2`,
        [id, contactId],
      );
    return (await desk.call('POST', `/v1/campaigns/${id}/follow-up`, { cell: 'left_out' })).created_by;
  },
  createCampaignReportLink: async () => (await desk.call('POST', `/v1/campaigns/${await aLaunchedCampaign()}/report-links`, {})).created_by,
  revokeCampaignReportLink: async () => {
    const path = `/v1/campaigns/${await aLaunchedCampaign()}/report-links`;
    await desk.call('DELETE', `${path}/${String((await desk.call('POST', path, {})).id)}`);
    return (await desk.first(path))?.revoked_by;
  },
  createCampaignApprovalLink: async () => (await anApprovalLink()).link.created_by,
  revokeCampaignApprovalLink: async () => {
    const { path, link } = await anApprovalLink();
    await desk.call('DELETE', `${path}/${String(link.id)}`);
    return (await desk.first(path))?.revoked_by;
  },
  createTemplate: async () => (await aTemplate()).created_by,
  updateTemplate: async () => {
    const { id } = await aTemplate();
    return (await desk.call('PATCH', `/v1/templates/${id as string}`, { name: 'Winter' })).changed_by;
  },
  addMedia: async () => (await rig.call('POST', '/v1/media', { key: desk.key, ...fileForm('a,b', { name: 'list.csv' }) })).body.created_by,
  createRecipientImport: async () => (await anOpenImport()).actor,
  finishImport: async () => {
    const { id } = await anOpenImport();
    await desk.call('PUT', `/v1/imports/${id as string}/chunks/1`, { recipients: [{ phone: aPhone() }] });
    return (await desk.call('POST', `/v1/imports/${id as string}/finish`)).run_actor;
  },
  createImport: async () => (await desk.call('GET', `/v1/imports/${await anImport()}`)).actor,
  startImport: async () => (await desk.call('POST', `/v1/imports/${await anImport()}/run`)).run_actor,
  undoImport: async () => {
    const id = await anImport();
    await desk.call('POST', `/v1/imports/${id}/run`);
    await until(async () => (await desk.call('GET', `/v1/imports/${id}`)).state === 'done');
    return ((await desk.call('POST', `/v1/imports/${id}/undo`)).undo as Row).actor;
  },
  createEventRule: async () => (await desk.first(`/v1/event-rules/${await aRule()}/versions`))?.actor,
  updateEventRule: async () => {
    const id = await aRule();
    await desk.call('PATCH', `/v1/event-rules/${id}`, { name: 'Hello' });
    const { version, actor } = (await desk.first(`/v1/event-rules/${id}/versions`)) as Row;
    return version === 2 && actor;
  },
  mergeContacts: async () => {
    const id = await aContact();
    await desk.call('POST', `/v1/contacts/${id}/merge`, { other_id: await aContact() });
    return (await desk.first(`/v1/contacts/${id}/changes`))?.actor;
  },
  splitContact: async () => {
    const [one, two] = [aPhone(), aPhone()];
    const id = await aContact([one, two]);
    await desk.call('POST', `/v1/contacts/${id}/split`, { addresses: [two] });
    return (await desk.first(`/v1/contacts/${id}/timeline`))?.actor;
  },
  recordConsent: async () => {
    const id = await aContact();
    await desk.call('POST', `/v1/contacts/${id}/consents`, { action: 'opt_in', source: 'form' });
    return (await desk.first(`/v1/contacts/${id}/consents`))?.actor;
  },
  startContactEdit: async () => (await desk.call('GET', `/v1/contact-edits/${await anEdit()}`)).actor,
  undoContactEdit: async () => {
    const id = await anEdit();
    await until(async () => (await desk.call('GET', `/v1/contact-edits/${id}`)).state === 'done');
    return ((await desk.call('POST', `/v1/contact-edits/${id}/undo`)).undo as Row).actor;
  },
  addSuppressions: async () => {
    const address = aPhone();
    await desk.call('POST', '/v1/suppressions', { addresses: [address] });
    return (await desk.first(`/v1/suppressions?address=${encodeURIComponent(address)}`))?.actor;
  },
  confirmOptOutReview: async () => (await desk.call('POST', `/v1/opt-out-reviews/${await aReview()}/confirm`)).decided_by,
  dismissOptOutReview: async () => (await desk.call('POST', `/v1/opt-out-reviews/${await aReview()}/dismiss`)).decided_by,
  replyToConversation: async () => {
    const id = await aConversation();
    await desk.call('POST', `/v1/conversations/${id}/messages`, { type: 'text', text: 'Yes' });
    return (await desk.first(`/v1/conversations/${id}/entries`))?.actor;
  },
  addSession: async () => {
    const { apiKey, webhookSecret } = rig.provider.simulator.accounts.add({ status: 'connected' });
    const { session } = await desk.call('POST', '/v1/sessions', { mode: 'register', api_key: apiKey, webhook_secret: webhookSecret });
    return (await desk.first(`/v1/sessions/${(session as { id: string }).id}/events`))?.actor;
  },
  updateSession: () => noted('PATCH', '', { weight: 7 }, 'settings_changed'),
  rotateWebhookSecret: () => noted('POST', '/rotate-webhook-secret', { webhook_secret: newId() }, 'webhook_secret_changed'),
  rotateHookToken: () => noted('POST', '/rotate-hook-token', undefined, 'hook_token_changed'),
  pauseSession: () => noted('POST', '/pause', undefined, 'paused'),
  resumeSession: () => noted('POST', '/resume', undefined, 'resumed'),
  pauseSessions: () => notedOfAll('pause', 'paused'),
  resumeSessions: () => notedOfAll('resume', 'resumed'),
  updateLaneLimits: () => noted('PATCH', '/limits', { daily_cap: 5_000 }, 'limits_changed'),
  createApiKey: async () => (await desk.call('POST', '/v1/api-keys', { name: 'Shop', scopes: ['messages:write'] })).created_by,
  rotateApiKey: async () => {
    const { id } = await desk.call('POST', '/v1/api-keys', { name: 'Shop', scopes: ['messages:write'] });
    return ((await desk.call('POST', `/v1/api-keys/${id as string}/rotate`, { overlap_hours: 1 })) as Row).created_by;
  },
  startMessageCancel: async () => (await desk.call('POST', '/v1/messages/bulk-cancel', { filter: { tag: 'none' }, expect: 0 })).actor,
  startDeadLetterRedrive: async () =>
    (await desk.call('POST', '/v1/dead-letters/bulk-redrive', { filter: { cause: 'expired' }, expect: 0 })).actor,
  startDeadLetterDiscard: async () =>
    (await desk.call('POST', '/v1/dead-letters/bulk-discard', { filter: { cause: 'expired' }, reason: 'Known.', expect: 0 })).actor,
  startEventReplay: async () => (await desk.call('POST', '/v1/events/bulk-replay', { filter: { state: 'failed' }, expect: 0 })).actor,
  startCallbackReplay: async () =>
    (await desk.call('POST', `/v1/callback-endpoints/${await anEndpoint()}/bulk-replay`, { filter: { state: 'dead' }, expect: 0 })).actor,
  revokeApiKey: async () => {
    const { id } = await desk.call('POST', '/v1/api-keys', { name: 'Shop', scopes: ['messages:write'] });
    return (await desk.call('DELETE', `/v1/api-keys/${id as string}`)).revoked_by;
  },
};

/** Calls a route of the session. @returns the actor of what it noted in the history */
async function noted(method: string, path: string, body: unknown, reason: string): Promise<unknown> {
  await desk.call(method, `/v1/sessions/${desk.sessionId}${path}`, body);
  const event = await desk.first(`/v1/sessions/${desk.sessionId}/events`);
  return event?.reason === reason && event.actor;
}

/** Pauses or resumes the session by a filter. */
async function notedOfAll(act: string, reason: string): Promise<unknown> {
  await desk.call('POST', `/v1/sessions/${act}`, { filter: { ids: [desk.sessionId] }, expect: 1 });
  const event = await desk.first(`/v1/sessions/${desk.sessionId}/events`);
  return event?.reason === reason && event.actor;
}

/** Operations whose history `libs/tenants` and the tests of links test, since they need an account at the provider or another phone. */
const ofSessions = [
  'deleteSession',
  'linkSession',
  'disconnectSession',
  'restartSession',
  'regenerateSessionKey',
  'confirmPhone',
  'createLinkInvitation',
  'revokeLinkInvitation',
  'syncSession',
];
/** Operations that leave nothing with an actor: they store what is asked for, delete it, or only look. */
const withoutActor = [
  ...['sendMessage', 'sendMessages', 'sendEvent', 'sendEvents', 'tryEvent', 'replayEvents', 'tryRouting'],
  ...['purgeDeadLetters', 'deleteCallbackEndpoint', 'testCallbackEndpoint', 'replayCallbacks'],
  ...['updateMessageGroup', 'approveCampaign'],
  ...['putEventType', 'deleteEventType', 'deleteEventRule', 'putContact', 'updateContact', 'putContactAttribute', 'deleteContactAttribute'],
  ...['liftSuppression', 'putOptKeywords', 'resetOptKeywords', 'markConversationRead', 'putCapPool', 'deleteCapPool', 'updateTenant'],
  ...['createProviderAccount', 'updateProviderAccount', 'testProviderAccount', 'deleteProviderAccount', 'receiveWasenderHook'],
  ...['updateContactList', 'deleteContactList', 'addContactListMembers', 'removeContactListMembers', 'deleteSegment', 'countSegment'],
  ...['cancelJob', 'updateEvent', 'testOptKeywords', 'releaseDeadLetterCause', 'updateCampaign', 'deleteCampaign'],
  ...['tryTemplate', 'testTemplate', 'testCampaign', 'deleteMedia'],
  ...['putImportChunk', 'putImportMapping', 'startImportCheck', 'cancelImport', 'cancelContactEdit'],
];

describe('the actor of what a key does', () => {
  it.each(Object.keys(shown))('is shown after %s', async (operation) => {
    expect(await shown[operation]?.()).toEqual(desk.actor);
  });

  it('is decided for every operation of a key that changes something', () => {
    const changing = operations
      .filter(({ method, path }) => method !== 'get' && !path.startsWith('/admin/'))
      .map(({ operation }) => operation.operationId);
    expect(changing.toSorted()).toEqual([...Object.keys(shown), ...ofSessions, ...withoutActor].toSorted());
  });
});

describe('the audit log of what the key did', () => {
  it('has one entry for each of these requests, with the same actor', async () => {
    const entries = await rig.get(Database).query<{ action: string; count: number; actors: string[] }>(
      `SELECT action, request_id, count(*)::int AS count, array_agg(DISTINCT actor_name) AS actors FROM audit_log
         WHERE request_id IS NOT NULL AND for_tenant_id = $1 AND actor_id = $2 GROUP BY action, request_id`,
      [desk.tenantId, desk.actor.id],
    );
    expect(entries.filter(({ count }) => count !== 1)).toEqual([]);
    const seen = new Set(entries.map(({ action }) => action));
    const expected = Object.keys(shown).flatMap((operation) => routeAuditOf(operation)?.action ?? []);
    expect(expected.length).toBeGreaterThan(20);
    expect(expected.filter((action) => !seen.has(action))).toEqual([]);
  });
});

describe('an actor in a view', () => {
  it('is the part of the system that made the change', async () => {
    const phone = aPhone();
    const learn = (lid: string) => rig.get(InboundMessages).learnPairs([{ tenantId: desk.tenantId, lid, phone }]);
    const id = await aContact([phone]);
    await learn('1@lid');
    await learn('2@lid');
    expect((await desk.first(`/v1/contacts/${id}/changes`))?.actor).toMatchObject({ kind: 'system', id: 'address_matching' });
    const [key] = ((await desk.call('GET', '/v1/api-keys?limit=100')).data as Row[]).slice(-1);
    expect(key?.created_by).toMatchObject({ kind: 'system', id: 'test' });
  });

  it('has a name and no id in rows from before ids were stored', async () => {
    const address = aPhone();
    const [db, path] = [rig.get(Database), `/v1/suppressions?address=${encodeURIComponent(address)}`];
    await db.query(`INSERT INTO suppressions (tenant_id, address, reason, actor) VALUES ($1, $2, 'manual', 'Core application')`, [
      desk.tenantId,
      address,
    ]);
    expect((await desk.first(path))?.actor).toEqual({ kind: 'key', id: null, name: 'Core application' });
    await db.query(`UPDATE suppressions SET actor = 'system' WHERE address = $1`, [address]);
    expect((await desk.first(path))?.actor).toEqual({ kind: 'system', id: null, name: 'system' });
  });
});
