import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { en } from '../i18n/en';
import { chooseTenant } from '../providers/tenant';
import { type Asked, server } from '../testing/server';
import { show } from '../testing/show';
import { CauseAlert } from './cause-alert';
import type { LetterCause } from './letters';

const unset = { from: 1, at: null, actor: null };
const cause = { kind: 'message', cause: 'invalid_recipient', count: 31, alert: unset } as LetterCause;
const words = (text: string, at: number, figure = '') => text.split(' |||| ')[at]?.replace('%{figure}', figure) ?? '';

describe('the alert of a cause of dead letters', () => {
  beforeEach(() => chooseTenant('kettle'));

  it('is set to a number of new letters by people who decide on letters', async () => {
    const asked: Asked[] = [];
    server.answer = (request) => {
      asked.push(request);
      return { from: 50, at: '2026-11-23T09:30:00.000Z', actor: { kind: 'person', id: 'ines', name: 'Ines' } };
    };
    show(<CauseAlert of={cause} />, { permissions: ['dead_letters:manage'] });
    await screen.findByText(words(en.dead_letters.alert.from, 0));
    await userEvent.click(await screen.findByRole('button', { name: en.dead_letters.alert.change }));
    const count = screen.getByLabelText(en.dead_letters.alert.count);
    await userEvent.clear(count);
    await userEvent.type(count, '50');
    await userEvent.click(screen.getByRole('button', { name: en.dead_letters.alert.save }));
    await waitFor(() => expect(asked.find(({ method }) => method === 'PUT')?.body).toEqual({ from: 50 }));
    expect(asked.find(({ method }) => method === 'PUT')?.path).toBe('/v1/dead-letters/causes/message/invalid_recipient/alert');
  });

  it('says who set it, to people who only read as well', async () => {
    const alert = { from: 50, at: '2026-11-23T09:30:00.000Z', actor: { kind: 'person' as const, id: 'ines', name: 'Ines' } };
    show(<CauseAlert of={{ ...cause, alert }} />, { permissions: ['dead_letters:read'] });
    await screen.findByText(words(en.dead_letters.alert.from, 1, '50'));
    await screen.findByText(/Set by Ines/);
    expect(screen.queryByRole('button')).toBeNull();
  });

  it('is not offered for messages of unknown outcome, which always alert', () => {
    show(<CauseAlert of={{ ...cause, cause: 'outcome_unknown' }} />, { permissions: ['dead_letters:manage'] });
    expect(screen.queryByText(words(en.dead_letters.alert.from, 0))).toBeNull();
  });
});
