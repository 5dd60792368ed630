import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { en } from '../i18n/en';
import { type Asked, refusal, server } from '../testing/server';
import { show } from '../testing/show';
import { CancelMany } from './cancel-many';

const words = (text: string, count: number) => text.split(' |||| ')[1]?.replace('%{figure}', String(count)) ?? '';

describe('a cancellation of many messages', () => {
  it('counts again when other messages match than the person saw', async () => {
    const asked: Asked[] = [];
    server.answer = (request) => {
      asked.push(request);
      return (request.body as { dry_run?: boolean }).dry_run ? { matching: 40 } : refusal(409, 'count_changed');
    };
    show(<CancelMany tenant="kettle" target={{ filter: { tag: 'sale' }, expect: 12 }} onClose={() => undefined} />);
    await userEvent.click(screen.getByRole('button', { name: words(en.messages.cancel_many.act, 12) }));
    await userEvent.click(await screen.findByRole('button', { name: en.endpoints.replay.count_again }));
    await userEvent.click(await screen.findByRole('button', { name: words(en.messages.cancel_many.act, 40) }));
    await waitFor(() => expect(asked).toHaveLength(3));
    expect(asked[2]?.body).toMatchObject({ expect: 40 });
  });
});
