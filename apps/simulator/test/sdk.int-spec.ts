import { createWasender, type Wasender, WasenderAPIError, WasenderWebhookEventType } from 'wasenderapi';
import { Rig } from './rig';

let rig: Rig;
let sdk: Wasender;
const connect = (key: string, secret = 'none') =>
  createWasender(key, rig.simulator.accounts.accessToken, `${rig.simulator.url}/api`, undefined, { enabled: false }, secret);

beforeEach(async () => {
  rig = await Rig.start();
  sdk = connect(rig.session().apiKey, rig.session().webhookSecret);
});
afterEach(() => rig.stop());

const to = '+447700900101';
const msgIdOf = (result: { response: unknown }) => (result.response as { data: { msgId: number } }).data.msgId;

describe('the unmodified npm package wasenderapi 0.4.0', () => {
  it('sends every kind of message and reads its state', async () => {
    const first = msgIdOf(await sdk.sendText({ to, text: 'Hello' }));
    await sdk.sendImage({ to, imageUrl: 'https://cdn.example.test/a.jpg', text: 'A caption' });
    await sdk.sendVideo({ to, videoUrl: 'https://cdn.example.test/a.mp4' });
    await sdk.sendDocument({ to, documentUrl: 'https://cdn.example.test/a.pdf' });
    await sdk.sendAudio({ to, audioUrl: 'https://cdn.example.test/a.ogg' });
    await sdk.sendSticker({ to, stickerUrl: 'https://cdn.example.test/a.webp' });
    await sdk.sendContact({ to, contact: { name: 'Priya', phone: '+447700900102' } });
    await sdk.sendLocation({ to, location: { latitude: '51.5', longitude: '-0.12' } });
    await sdk.sendQuotedMessage({ to, text: 'An answer', replyTo: first });
    const kinds = rig.simulator.ledger.lines.map(({ kind }) => kind);
    expect(kinds).toEqual(['text', 'image', 'video', 'document', 'audio', 'sticker', 'contact', 'location', 'text']);
    const info = await sdk.getMessageInfo(first);
    expect(info.response).toMatchObject({ data: { msgId: first, key: { id: rig.simulator.ledger.lines[0]?.keyId } } });
  });

  it('creates groups, changes their members, leaves and joins by invite', async () => {
    const jid = '120363040000000001@g.us';
    const data = async (call: Promise<{ response: unknown }>) => ((await call).response as { data: unknown }).data;
    expect(await data(sdk.createGroup('Book club', [to]))).toMatchObject({ subject: 'Book club', participants: [{ id: to }] });
    expect(await data(sdk.updateGroupParticipants(jid, 'promote', [to]))).toMatchObject([{ status: 200, jid: to }]);
    const { inviteLink } = (await data(sdk.getGroupInviteLink(jid))) as { inviteLink: string };
    const code = inviteLink.split('/').at(-1) as string;
    expect(await data(sdk.getGroupInviteInfo(code))).toMatchObject({ jid, subject: 'VIP customers' });
    expect(await data(sdk.acceptGroupInvite(code))).toEqual({ jid });
    await expect(sdk.acceptGroupInvite('another')).rejects.toMatchObject({ statusCode: 404 });
    expect(await data(sdk.getGroupProfilePicture(jid))).toHaveProperty('imgUrl');
    expect(await data(sdk.leaveGroup(jid))).toHaveProperty('message');
  });

  it('uploads base64; its form upload has no body and is refused, and one with a body is accepted', async () => {
    const form = new FormData();
    form.set('file', new Blob(['some bytes'], { type: 'image/png' }), 'a.png');
    expect((await sdk.uploadMediaFile({ base64: 'iVBORw0KGgo=', mimetype: 'image/png' })).response).toHaveProperty('publicUrl');
    await expect(sdk.uploadMediaFile(form, true)).rejects.toMatchObject({ statusCode: 422 });
    const answer = await fetch(`${rig.simulator.url}/api/upload`, {
      method: 'POST',
      headers: { authorization: `Bearer ${rig.session().apiKey}` },
      body: form,
    });
    expect([answer.status, await answer.json()]).toMatchObject([200, { success: true }]);
  });

  it('lists, creates, connects and shows a QR code', async () => {
    expect((await sdk.getAllWhatsAppSessions()).response.data).toHaveLength(2);
    const made = await sdk.createWhatsAppSession({
      name: 'Shop',
      phone_number: '+447700900777',
      account_protection: true,
      log_messages: true,
    });
    const { id } = made.response.data;
    expect((await sdk.connectWhatsAppSession(id)).response).toMatchObject({ data: { status: 'NEED_SCAN' } });
    expect((await sdk.getWhatsAppSessionQRCode(id)).response.data.qrCode).toMatch(/^2@/);
    await rig.control('POST', `/sessions/${id}/scan`);
    const { data } = (await sdk.getWhatsAppSessionDetails(id)).response;
    const line = connect((data as unknown as { api_key: string }).api_key); // the package does not know the member
    expect((await line.getSessionStatus()).response.status).toBe('connected');
    await sdk.disconnectWhatsAppSession(id);
    await sdk.regenerateApiKey(id);
    await sdk.deleteWhatsAppSession(id);
    expect((await sdk.getAllWhatsAppSessions()).response.data).toHaveLength(2);
  });

  it('reads the limits of a refusal', async () => {
    rig.session().plan = 'trial';
    await sdk.sendText({ to, text: 'Hello' });
    const refused = await sdk.sendText({ to, text: 'Hello' }).catch((error: unknown) => error as WasenderAPIError);
    expect(refused).toBeInstanceOf(WasenderAPIError);
    expect(refused).toMatchObject({ statusCode: 429, retryAfter: 60 });
  });

  it('accepts a hook with the right secret only', async () => {
    await sdk.sendText({ to, text: 'Hello' });
    const [hook] = await rig.hooks('message.sent');
    const request = { getHeader: (name: string) => hook?.headers[name.toLowerCase()] as string, getRawBody: () => hook?.text ?? '' };
    const event = await sdk.handleWebhookEvent(request);
    expect(event.event).toBe(WasenderWebhookEventType.MessageSent);
    await expect(connect('k', 'another').handleWebhookEvent(request)).rejects.toThrow();
  });
});
