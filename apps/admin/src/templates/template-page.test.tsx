import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router-dom';
import { en } from '../i18n/en';
import { chooseTenant } from '../providers/tenant';
import { server, withTag } from '../testing/server';
import { show } from '../testing/show';
import { TemplatePage } from './template-page';

const first = {
  id: 't1',
  name: 'Summer',
  language: 'en',
  content: { type: 'text', text: 'Hello', variants: [] },
  languages: [],
  defaults: {},
  version: 1,
  archived_at: null as string | null,
  created_at: '2026-11-24T09:00:00.000Z',
  changed_at: '2026-11-24T09:00:00.000Z',
  changed_by: { kind: 'person', id: 'ines', name: 'Ines' },
};

describe('what is typed into a template', () => {
  afterEach(() => act(() => chooseTenant(null)));

  it('stays when the template is archived, and when somebody else saves a version', async () => {
    let stored = { ...first, tag: 1 };
    server.answer = (asked) => {
      if (asked.path === '/v1/templates/preview') return { findings: [], missing: [], failed: null, body: first.content, variables: [] };
      if (asked.path !== '/v1/templates/t1') return { data: [], next_cursor: null };
      if (asked.method === 'PATCH') stored = { ...stored, archived_at: first.changed_at, tag: stored.tag + 1 };
      return withTag(stored, `"${stored.tag}"`);
    };
    chooseTenant('kettle');
    const { queries } = show(
      <Routes>
        <Route path="/templates/:id" element={<TemplatePage />} />
      </Routes>,
      { at: '/templates/t1', permissions: ['templates:read', 'templates:write', 'campaigns:read', 'campaigns:manage'] },
    );
    await userEvent.type(await screen.findByDisplayValue('Hello'), ', Ada');
    await userEvent.click(screen.getByRole('button', { name: en.outside.more }));
    await userEvent.click(await screen.findByRole('menuitem', { name: en.templates.archive }));
    expect(await screen.findByText(en.templates.is_archived)).toBeVisible();
    expect(screen.getByDisplayValue('Hello, Ada')).toBeVisible();
    expect(screen.queryByText(en.form.newer)).toBeNull();
    stored = { ...stored, content: { ...first.content, text: 'Good day' }, version: 2, tag: 9 };
    await act(() => queries.invalidateQueries({ queryKey: ['templates'] }));
    expect(await screen.findByText(en.form.newer)).toBeVisible();
    expect(screen.getByDisplayValue('Hello, Ada')).toBeVisible();
    await userEvent.click(screen.getByRole('button', { name: en.form.take_theirs }));
    await waitFor(() => expect(screen.getByDisplayValue('Good day')).toBeVisible());
  });
});
