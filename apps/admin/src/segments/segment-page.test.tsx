import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router-dom';
import { en } from '../i18n/en';
import { chooseTenant } from '../providers/tenant';
import { type Asked, server, withTag } from '../testing/server';
import { show } from '../testing/show';
import { SegmentPage } from './segment-page';

const first = {
  id: 's1',
  name: 'Leeds',
  description: null,
  tree: { combinator: 'and', rules: [{ field: 'name', operator: 'equals', value: 'Ada' }] },
  version: 1,
  updated_at: '2026-11-24T09:00:00.000Z',
  updated_by: { kind: 'person', id: 'ines', name: 'Ines' },
};
const fields = [{ name: 'name', label: 'Name', type: 'text', operators: ['equals', 'not_equals'] }];

describe('what is typed into a segment', () => {
  afterEach(() => act(() => chooseTenant(null)));

  it('stays when somebody else saves a version, and goes with the tag of its own', async () => {
    let stored = first;
    const saved: Asked[] = [];
    server.answer = (asked) => {
      if (asked.path === '/v1/segments/fields') return { data: fields };
      if (asked.path === '/v1/segments/count') return { count: 1, left_out: {}, reachable: 1, samples: [] };
      if (asked.path !== '/v1/segments/s1') return { data: [], next_cursor: null };
      if (asked.method === 'PATCH') {
        saved.push(asked);
        stored = { ...stored, ...(asked.body as object), version: stored.version + 1 };
      }
      return withTag(stored, `"${stored.version}"`);
    };
    chooseTenant('kettle');
    const { queries } = show(
      <Routes>
        <Route path="/segments/:id" element={<SegmentPage />} />
      </Routes>,
      { at: '/segments/s1', permissions: ['contacts:read', 'contacts:manage'] },
    );
    const name = await screen.findByLabelText(en.segments.name);
    await waitFor(() => expect(name).toBeEnabled());
    await userEvent.type(name, ' and York');
    stored = { ...stored, name: 'Yorkshire', version: 2 };
    await act(() => queries.invalidateQueries({ queryKey: ['segments'] }));
    expect(await screen.findByText(en.form.newer)).toBeVisible();
    expect(screen.getByLabelText(en.segments.name)).toHaveValue('Leeds and York');
    await userEvent.click(screen.getByRole('button', { name: en.segments.save }));
    await waitFor(() => expect(saved.map(({ headers }) => headers.get('if-match'))).toEqual(['"1"']));
  });
});
