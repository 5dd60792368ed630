import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { en } from '../i18n/en';
import type { components } from '../providers/api-types';
import { refusal, server } from '../testing/server';
import { show } from '../testing/show';
import { MessageHooks } from './message-hooks';

type Message = components['schemas']['Message'];

const message = { id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739a1', state: 'delivered', calls: [{ attempt: 1 }] } as Message;
const hook = {
  id: '7',
  received_at: '2026-11-24T14:02:12.000Z',
  read_at: null,
  event: 'messages.update',
  says: ['delivered'],
  outcome: 'applied',
};

describe('the hooks of a message', () => {
  it('open with their body, or with who may see it', async () => {
    server.answer = () => ({
      data: [
        { ...hook, body: '{"event":"messages.update"}' },
        { ...hook, id: '8', event: null, says: [], body: null },
      ],
    });
    show(<MessageHooks message={message} tenant="kettle" />);
    await userEvent.click(await screen.findByText('messages.update'));
    expect(screen.getByRole('region', { name: 'Body of hook 7' }).textContent).toContain('"event": "messages.update"');
    await userEvent.click(screen.getByText(en.message_page.unreadable_hook));
    expect(screen.getByText(en.deliveries.no_body, { exact: false })).toBeVisible();
  });

  it('are said to be none, and to be unread when they cannot be read', async () => {
    server.answer = () => ({ data: [] });
    show(<MessageHooks message={message} tenant="kettle" />);
    expect(await screen.findByText(en.message_page.no_hooks)).toBeVisible();
    server.answer = () => refusal(503, 'storage_unavailable');
    show(<MessageHooks message={{ ...message, id: 'another' }} tenant="kettle" />);
    expect(await screen.findByText('storage_unavailable', { exact: false })).toBeVisible();
  });

  it('are not asked for before the first call', () => {
    const asked: string[] = [];
    server.answer = ({ path }) => {
      asked.push(path);
      return { data: [] };
    };
    show(<MessageHooks message={{ ...message, calls: [] }} tenant="kettle" />);
    expect(asked).toEqual([]);
  });
});
