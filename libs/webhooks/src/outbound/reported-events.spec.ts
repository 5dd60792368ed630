import { newId, systemActor } from '@heliograph/kernel';
import { consentEvent } from './reported-events';

describe('the event of a consent', () => {
  it('goes in order with those of its contact where this has no address, not with those of all such contacts', () => {
    const of = (contactId: string, address: string | null) =>
      consentEvent(
        {
          tx: '1',
          tenantId: newId(),
          id: newId(),
          contactId,
          address,
          addresses: [],
          purpose: 'marketing',
          channel: 'whatsapp',
          action: 'opt_out',
          voids: null,
          source: 'letter',
          textVersion: null,
          text: null,
          proof: null,
          actor: systemActor('test'),
          sessionId: null,
          at: new Date(),
        },
        (_tenant, one) => one,
      ).orderKey;
    const [one, other] = [newId(), newId()];
    expect([of(one, null), of(other, null), of(one, '+447700900101')]).toEqual([`/${one}`, `/${other}`, '/+447700900101']);
  });
});
