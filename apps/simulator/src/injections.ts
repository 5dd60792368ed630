import type { SimSession } from './accounts';
import { hookBody } from './hook-forms';
import { sampleEvents, sampleOf } from './hook-samples';
import type { HookSender } from './hooks';
import type { Json } from './http';
import { type AddressStyle, inboundMessage } from './messages';
import type { Random } from './random';
import type { SimulatorSettings } from './settings';

/** Simulates an event on the WhatsApp side of a session. @throws RangeError when `body` does not describe one */
export function inject(
  hooks: HookSender,
  session: SimSession,
  what: string,
  body: Json,
  settings: SimulatorSettings,
  random: Random,
): unknown {
  switch (what) {
    case 'inbound': {
      const message = inboundMessage(
        {
          from: text(body.from, '447700900101'),
          text: text(body.text, 'Hello'),
          ...(typeof body.participant === 'string' && { participant: body.participant }),
          ...(typeof body.pushName === 'string' && { pushName: body.pushName }),
          ...(typeof body.quotes === 'string' && { quotes: body.quotes }),
          ...(body.message !== undefined && { message: body.message }),
        },
        (body.address as AddressStyle | undefined) ?? settings.echoAddress,
        random,
      );
      hooks.sendInbound(session, message, (body.events as string[] | undefined) ?? ['messages.received']);
      return message;
    }
    case 'phone-typed': {
      const key = {
        id: `3A${random.hex(18).toUpperCase()}`,
        fromMe: true,
        remoteJid: `${text(body.to, '447700900150')}@s.whatsapp.net`,
        addressingMode: 'pn',
      };
      const message = text(body.text, 'Typed on the phone');
      const item = { key, messageBody: message, message: { conversation: message }, messageTimestamp: Math.floor(Date.now() / 1_000) };
      hooks.sendInbound(session, item, ['messages.upsert']);
      return { key };
    }
    case 'event': {
      const event = text(body.event, '');
      const of = {
        from: text(body.from, '447700900101'),
        keyId: text(body.keyId, `3EB0${random.hex(18).toUpperCase()}`),
        phone: session.phone,
      };
      const data = body.data ?? sampleOf(event, of, random);
      if (data === undefined) throw new RangeError(`event needs data, or must be one of ${sampleEvents.join(', ')}`);
      // Built once before sending, so that data that fits no form is refused here.
      hookBody(session, event, data, settings.forms);
      hooks.emit(session, event, () => data);
      return { event, data };
    }
    case 'raw':
      hooks.post(session, text(body.body, ''));
      return { ok: true };
    default:
      throw new RangeError('inject inbound, phone-typed, event or raw');
  }
}

const text = (value: unknown, fallback: string): string => (typeof value === 'string' ? value : fallback);
