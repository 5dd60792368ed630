import type { SimSession } from './accounts';
import { canonicalRecipient, lidOf, phoneOfLid } from './sent-content';
import { type Call, type Json, ok, refuse, send } from './http';
import { refusals } from './faults';
import { countCall, type Limited, tooMany } from './limits';
import { sendList } from './paging';
import type { SimulatorSettings } from './settings';

const group = '120363040000000001@g.us';
const members = ['447700900101', '447700900102'];
const inviteCode = 'SimInviteCode0000000001';
const limited: Record<string, Limited> = {
  'on-whatsapp': 'lookup',
  'contacts/picture': 'lookup',
  'groups/metadata': 'group',
  'groups/participants': 'group',
};

/** Answers lookups of contacts, groups and privacy ids from a fixed address book of two people and a group. */
export function lookUp(call: Call, session: SimSession, s: SimulatorSettings): void {
  const { method, path, response } = call;
  const [what = '', id = '', part] = path;
  const name = part === undefined ? what : `${what}/${path.slice(2).join('/')}`;
  const verdict = method === 'GET' && limited[name] ? countCall(session, limited[name], call.arrivedAt, s, name) : null;
  if (verdict?.refusal) return send(response, verdict.refusal.status, verdict.refusal.body, verdict.refusal.headers);
  const found = (data: unknown) => ok(response, data, verdict?.headers);
  const digits = canonicalRecipient(id);
  switch (`${method} ${name}`) {
    case 'GET on-whatsapp':
      return onWhatsApp(call, session, s, () => found({ exists: !s.notOnWhatsAppSuffixes.some((suffix) => digits.endsWith(suffix)) }));
    case 'GET lid-from-pn':
      return digits.length >= 7 ? found({ lid: lidOf(digits) }) : refuse(response, 404, 'No such number');
    case 'GET pn-from-lid': {
      const phone = phoneOfLid(id);
      return phone ? found({ pn: `${phone}@s.whatsapp.net` }) : refuse(response, 404, 'No such LID');
    }
    case 'GET contacts':
      return id === '' ? sendList(call, response, members.map(contact)) : found({ ...contact(digits), exists: true });
    case 'GET contacts/picture':
      return found({ imgUrl: 'https://pps.example.test/1.jpg' });
    case 'POST contacts/block':
    case 'POST contacts/unblock':
      return found({ message: `Contact ${part}ed` });
    case 'PUT contacts':
      return found(call.body);
    case 'GET groups':
      return sendList(call, response, [{ jid: group, name: 'VIP customers', imgUrl: null }]);
    case 'GET groups/participants':
      return found(participants(session));
    case 'GET groups/metadata':
      return found(described(session, id));
    case 'POST groups/participants/add':
    case 'POST groups/participants/remove':
      return found(membersIn(call.body).map((jid) => ({ status: 200, jid, message: 'done' })));
    case 'PUT groups/participants/update':
      return ['promote', 'demote'].includes(String(call.body.action)) && membersIn(call.body).length > 0
        ? found(membersIn(call.body).map((jid) => ({ status: 200, jid, message: String(call.body.action) })))
        : refuse(response, 422, 'action must be promote or demote, with participants');
    case 'POST groups':
      return typeof call.body.name === 'string' && call.body.name.trim() !== ''
        ? found({ ...described(session, group, call.body.name), participants: membersIn(call.body).map((jid) => ({ id: jid })) })
        : refuse(response, 422, 'name must be present');
    case 'POST groups/leave':
      return found({ message: 'Left the group' });
    // Below `groups/invite` the code is in place of the usual part.
    case 'POST groups/accept':
      return id === 'invite' && call.body.code === inviteCode ? found({ jid: group }) : refuse(response, 404, 'No such invite');
    case `GET groups/${inviteCode}`:
      return id === 'invite' ? found(described(session, group)) : refuse(response, 404, 'No such group');
    case 'GET groups/invite-link':
      return found({ inviteLink: `https://chat.whatsapp.com/${inviteCode}` });
    case 'GET groups/picture':
      return found({ imgUrl: 'https://pps.example.test/group.jpg' });
    case 'PUT groups/settings':
      return found({ subject: 'VIP customers', ...call.body });
    default:
      return send(response, 404, { success: false, message: 'Not found' });
  }
}

/** Answers a number check: `clear` says yes or no, and every other setting is one of the answers that say neither. */
function onWhatsApp({ response }: Call, session: SimSession, s: SimulatorSettings, clear: () => void): void {
  if (session.status !== 'connected') return send(response, refusals.notConnected.status, refusals.notConnected.body);
  switch (s.onWhatsApp) {
    case 'clear':
      return clear();
    case 'null':
      return ok(response, { exists: null });
    case 'no-data':
      return send(response, 200, { success: true });
    case 'success-false':
      return send(response, 200, { success: false, message: 'The number could not be checked' });
    case 'html':
      return send(response, 200, '<html><body>Just a moment</body></html>', { 'content-type': 'text/html' });
    case 'error':
      return send(response, 500, { success: false, message: 'Server error' });
    case 'not-found':
      return send(response, 404, { success: false, message: 'Not found' });
    case 'refused':
      return send(response, 422, { success: false, message: 'The given data was not valid', errors: { phone: ['phone is not valid'] } });
    case 'rate': {
      const { status, body, headers } = tooMany(7, 'Too many requests', {}, s);
      return send(response, status, body, headers);
    }
    case 'cut':
      return void response.socket?.destroy();
    case 'hang':
      return;
  }
}

const membersIn = ({ participants: named }: Json): string[] => (Array.isArray(named) ? named.filter((one) => typeof one === 'string') : []);

const described = (session: SimSession, jid: string, subject = 'VIP customers') => ({
  jid,
  subject,
  creation: 1_790_000_000,
  owner: session.phone.slice(1),
  participants: participants(session),
});

const contact = (digits: string) => ({
  jid: digits,
  name: `Contact ${digits.slice(-4)}`,
  notify: 'Priya',
  verifiedName: null,
  imgUrl: 'https://pps.example.test/1.jpg',
  status: 'Hi',
});

const participants = (session: SimSession) => [
  { id: `${session.phone.slice(1)}@s.whatsapp.net`, admin: 'superadmin' },
  ...members.map((digits) => ({ id: lidOf(digits) })),
];
