import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { en } from '../i18n/en';
import { type Asked, refusal, server } from '../testing/server';
import { show } from '../testing/show';
import { ListForm } from './list-form';
import type { ContactList } from './lists';

describe('the form of a list', () => {
  it('is saved over the version that it was opened with, whatever the page read since', async () => {
    const saved: Asked[] = [];
    server.answer = (asked) => {
      saved.push(asked);
      return refusal(412, 'precondition_failed');
    };
    const nothing = () => undefined;
    const form = (name: string, tag: string) => (
      <ListForm list={{ id: 'l1', name, description: null } as ContactList} tag={tag} onClose={nothing} onDone={nothing} />
    );
    const { again } = show(form('Spring', '"1"'));
    again(form('Spring in Leeds', '"2"'));
    await userEvent.type(screen.getByLabelText(en.lists.description), 'Leads');
    await userEvent.click(screen.getByRole('button', { name: en.lists.save }));
    await waitFor(() => expect(saved).toHaveLength(1));
    expect([saved[0]?.body, saved[0]?.headers.get('if-match')]).toEqual([{ name: 'Spring', description: 'Leads' }, '"1"']);
    expect(await screen.findByText(en.form.changed)).toBeVisible();
  });
});
