import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { en } from '../i18n/en';
import { type Asked, refusal, server } from '../testing/server';
import { show } from '../testing/show';
import { EndpointForm } from './endpoint-form';
import type { Endpoint } from './endpoints';

const endpoint = (url: string) =>
  ({ id: 'e1', name: 'Core', url, types: null, session_ids: null, header_names: [] }) as unknown as Endpoint;

describe('the form of an endpoint', () => {
  it('is saved over the version that it was opened with, whatever the page read since', async () => {
    const saved: Asked[] = [];
    server.answer = (asked) => {
      if (asked.method !== 'PATCH') return { data: [], next_cursor: null };
      saved.push(asked);
      return refusal(412, 'precondition_failed');
    };
    const form = (url: string, tag: string) => <EndpointForm endpoint={endpoint(url)} tag={tag} onClose={() => undefined} />;
    const { again } = show(form('https://old.example.com/', '"1"'));
    again(form('https://new.example.com/', '"2"'));
    await userEvent.click(await screen.findByRole('button', { name: en.endpoints.form.save }));
    await waitFor(() => expect(saved).toHaveLength(1));
    expect([saved[0]?.body, saved[0]?.headers.get('if-match')]).toMatchObject([{ url: 'https://old.example.com/' }, '"1"']);
    expect(await screen.findByText(en.endpoints.form.changed)).toBeVisible();
  });
});
