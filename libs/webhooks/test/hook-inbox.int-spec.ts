import { Logger } from '@nestjs/common';
import { Metrics, newId, SealedSecrets } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { DeadLetters } from '@heliograph/dead-letters';
import type { HookFact } from '@heliograph/providers';
import { WasenderProvider } from '@heliograph/providers';
import type { FactApplication } from '../src/inbound/fact-application';
import { HookInbox } from '../src/inbound/hook-inbox';
import { HookReader } from '../src/inbound/hook-reader';
import { ParkedFacts } from '../src/inbound/parked-facts.repository';

let database: TestDatabase;
beforeAll(async () => (database = await openTestDatabase()));
afterAll(() => database.close());

const provider = new WasenderProvider({
  WASENDER_BASE_URL: 'http://127.0.0.1:9/api',
  WASENDER_CONNECTIONS: 1,
  WASENDER_SEND_TIMEOUT_MS: 1_000,
  WASENDER_CONNECT_TIMEOUT_MS: 1_000,
});
afterAll(() => provider.close());

function setup() {
  const { db } = database;
  const secrets = new SealedSecrets({ KEYRING: `a:${Buffer.alloc(32, 7).toString('base64')}` });
  const applied: HookFact[] = [];
  const facts = {
    apply: (reported: { fact: HookFact }[]) => {
      applied.push(...reported.map(({ fact }) => fact));
      return Promise.resolve(reported.map(() => 'applied'));
    },
  } as unknown as FactApplication;
  const metrics = new Metrics();
  const reader = new HookReader(
    db,
    facts,
    new ParkedFacts(db),
    new DeadLetters(db),
    {} as never,
    secrets,
    provider,
    { HOOK_BATCH: 100, HOOK_READERS: 1, HOOK_RETENTION_DAYS: 14 } as never,
    metrics,
  );
  const sender = { tenantId: newId(), sessionId: newId() };
  const accept = (body: unknown) => new HookInbox(db, secrets).accept(sender, JSON.stringify(body), []);
  const stored = () =>
    db.query<{ body: string; outcome: string | null }>(`SELECT body, outcome FROM hook_inbox WHERE tenant_id = $1 ORDER BY id`, [
      sender.tenantId,
    ]);
  return { reader, accept, stored, applied, metrics };
}

describe('the raw inbox', () => {
  it('never shows pairing secrets, and deletes them once they are read', async () => {
    const { reader, accept, stored, applied } = setup();
    await accept({ event: 'qrcode.updated', data: { qr: '2@linkme-secret' } });
    await accept({ event: 'passkey.updated', data: { stage: 'x', token: 'passkey-secret' } });
    await accept({ event: 'session.status', data: { status: 'connected' } });
    const before = await stored();
    expect(JSON.stringify(before)).not.toMatch(/linkme|passkey-secret/);
    expect(before[2]?.body).toContain('session.status');
    while ((await reader.readBatch()) > 0);
    expect(applied).toMatchObject([{ type: 'qr', qr: '2@linkme-secret' }, { type: 'session_status' }]);
    const after = await stored();
    expect(after.slice(0, 2).map(({ body }) => body)).toEqual(['', '']);
    expect(after[2]).toMatchObject({ outcome: 'applied', body: before[2]?.body });
  });

  it.each(['qr', 'qrCode', 'qr_code', 'QRCode'])('never shows a pairing text in the member %s of any event', async (member) => {
    const { reader, accept, stored, applied } = setup();
    await accept({ event: 'session.status', data: { status: 'need_scan', [member]: '2@linkme-secret' } });
    expect(JSON.stringify(await stored())).not.toContain('linkme');
    while ((await reader.readBatch()) > 0);
    expect(applied).toMatchObject([{ type: 'session_status', status: 'need_scan' }]);
    expect(await stored()).toMatchObject([{ body: '', outcome: 'applied' }]);
  });

  it.each([
    ['an object', { qr: { text: '2@linkme-secret' } }],
    ['a list', { qrCode: ['2@linkme-secret'] }],
    ['a member of another name', { pairing: { code: '2@linkme-secret/AbCd+0123456789=,x,y' } }],
  ])('never shows a pairing text in %s', async (_, data) => {
    const { reader, accept, stored } = setup();
    await accept({ event: 'session.status', data: { status: 'need_scan', ...data } });
    expect(JSON.stringify(await stored())).not.toContain('linkme');
    await reader.readBatch();
    expect(await stored()).toMatchObject([{ body: '', outcome: 'applied' }]);
  });

  it.each(['{"qr":"2@x"}', '2@ the station'])('shows a message that only quotes such a member or value: %s', async (messageBody) => {
    const { reader, accept, stored } = setup();
    await accept({ event: 'messages.received', data: { messages: { messageBody } } });
    expect((await stored())[0]?.body).toContain('messages.received');
    await reader.readBatch();
  });

  it('reports unreadable items without their content, once, and applies the other items', async () => {
    const { reader, accept, applied, metrics } = setup();
    const good = { key: { id: '3EB01', remoteJid: '447700900101@s.whatsapp.net' }, update: { status: 3 } };
    const key = (id: unknown) => ({ ...good, key: { id, remoteJid: 'private-part' } });
    await accept({
      event: 'messages.update',
      data: [good, { ...good, update: { status: 'private-word' } }, key(undefined), key(7), 5, 'private-text'],
    });
    await accept({ event: 'messages.update', data: [good] });
    const lines: string[] = [];
    Logger.overrideLogger({ warn: (line: unknown) => lines.push(JSON.stringify(line)), error: () => undefined, log: () => undefined });
    while ((await reader.readBatch()) > 0);
    Logger.overrideLogger(false);
    expect(applied).toMatchObject([{ type: 'receipt', keyId: '3EB01' }, { type: 'receipt' }]);
    const rows = await database.db.query(`SELECT outcome, unreadable FROM hook_inbox ORDER BY id DESC LIMIT 2`);
    expect(rows).toEqual([
      { outcome: 'applied', unreadable: null },
      { outcome: 'applied', unreadable: { unknown_status: 1, no_id: 2, not_an_object: 2 } },
    ]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('hook.items_unreadable');
    expect(lines[0]).not.toContain('private');
    const counted = await metrics.registry.getSingleMetricAsString('heliograph_hook_items_unreadable_total');
    expect(counted).toContain('{event="messages.update",reason="no_id"} 2');
  });
});
