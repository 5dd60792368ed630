import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router-dom';
import { en } from '../i18n/en';
import { chooseTenant } from '../providers/tenant';
import { type Asked, refusal, server, withTag } from '../testing/server';
import { show } from '../testing/show';
import { RulePage } from './rule-page';

const first = {
  id: 'r1',
  name: 'Welcome',
  event: 'user_onboarded',
  condition: null,
  max_age_s: null,
  is_active: true,
  actions: [{ type: 'send_message', message: { type: 'text', text: 'Hello' } }],
  version: 1,
  counts: { matched: 1, not_matched: 0, failed: 0 },
  created_at: '2026-11-24T09:00:00.000Z',
  changed_at: '2026-11-24T09:00:00.000Z',
  actor: { kind: 'person', id: 'ines', name: 'Ines' },
};

/** Keeps a rule as the api does: each change is a version with a tag of its own. */
function serve() {
  const stored = { rule: first, changes: [] as Asked[], change: (members: object) => apply(members) };
  const apply = (members: object): void => {
    stored.rule = { ...stored.rule, ...members, version: stored.rule.version + 1 };
  };
  const answer = () => withTag(stored.rule, `"${stored.rule.version}"`);
  server.answer = (asked) => {
    if (asked.path !== '/v1/event-rules/r1') return { data: [], next_cursor: null };
    if (asked.method === 'GET') return answer();
    stored.changes.push(asked);
    if (asked.headers.get('if-match') !== `"${stored.rule.version}"`) return refusal(412, 'precondition_failed');
    apply(asked.body as object);
    return answer();
  };
  return stored;
}

async function open() {
  chooseTenant('kettle');
  const { queries } = show(
    <Routes>
      <Route path="/rules/:id" element={<RulePage />} />
    </Routes>,
    { at: '/rules/r1', permissions: ['events:read', 'events:manage'] },
  );
  const text = await screen.findByDisplayValue('Hello');
  await userEvent.type(text, ', Ada');
  return { text, readAgain: () => act(() => queries.invalidateQueries()) };
}
const press = (name: string) => userEvent.click(screen.getByRole('button', { name }));

describe('what is typed into a rule', () => {
  afterEach(() => act(() => chooseTenant(null)));

  it('stays when the rule is switched off, and is then saved without switching it on', async () => {
    const stored = serve();
    const { text } = await open();
    await press(en.rules.switch_off);
    expect(await screen.findByRole('button', { name: en.rules.switch_on })).toBeVisible();
    expect(text).toBeVisible();
    expect(text).toHaveValue('Hello, Ada');
    await press(en.rules.save);
    await waitFor(() => expect(stored.rule.version).toBe(3));
    expect(stored.rule).toMatchObject({ is_active: false, actions: [{ message: { text: 'Hello, Ada' } }] });
    expect(screen.queryByText(en.form.newer)).toBeNull();
  });

  it('stays when somebody else saves a version, and is saved over it only after the person chose so', async () => {
    const stored = serve();
    const { text, readAgain } = await open();
    stored.change({ name: 'Welcome back' });
    await readAgain();
    expect(await screen.findByText(en.form.newer)).toBeVisible();
    expect(text).toHaveValue('Hello, Ada');
    await press(en.rules.save);
    await waitFor(() => expect(stored.changes).toHaveLength(1));
    expect(stored.rule.name).toBe('Welcome back');
    await userEvent.click(await screen.findByRole('button', { name: en.form.keep_mine }));
    expect(screen.queryByText(en.form.newer)).toBeNull();
    await press(en.rules.save);
    await waitFor(() => expect(stored.rule).toMatchObject({ name: 'Welcome', actions: [{ message: { text: 'Hello, Ada' } }] }));
  });

  it('gives way to the version of somebody else when the person chooses so', async () => {
    const stored = serve();
    const { readAgain } = await open();
    stored.change({ actions: [{ type: 'send_message', message: { type: 'text', text: 'Good day' } }] });
    await readAgain();
    await userEvent.click(await screen.findByRole('button', { name: en.form.take_theirs }));
    expect(screen.getByDisplayValue('Good day')).toBeVisible();
    await press(en.rules.save);
    await waitFor(() => expect(stored.changes.map(({ headers }) => headers.get('if-match'))).toEqual(['"2"']));
  });

  it('is not asked about while nothing is typed: the newer version is shown', async () => {
    const stored = serve();
    const { text, readAgain } = await open();
    await userEvent.clear(text);
    await userEvent.type(text, 'Hello');
    stored.change({ actions: [{ type: 'send_message', message: { type: 'text', text: 'Good day' } }] });
    await readAgain();
    expect(await screen.findByDisplayValue('Good day')).toBeVisible();
    expect(screen.queryByText(en.form.newer)).toBeNull();
  });
});

describe('a template as the message of a rule', () => {
  afterEach(() => act(() => chooseTenant(null)));

  const template = {
    id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739e1',
    name: 'Upgrade',
    version: 4,
    newest_version: 4,
    language: 'en',
    defaults: {},
    variables: [{ name: 'plan', is_required: true, default: null }],
    languages: [],
    content: { type: 'text', text: 'Your plan: {{ plan }}', variants: [] },
  };

  it('is chosen by name, shown in its newest version with the given values, and saved', async () => {
    const stored = serve();
    const rule = server.answer;
    server.answer = (asked) => {
      const { path, body } = asked;
      if (path === '/v1/templates') return { data: [template], next_cursor: null };
      if (path === '/v1/templates/preview') {
        const { plan = '' } = (body as { variables: Record<string, string> }).variables;
        return { body: { type: 'text', text: `Your plan: ${plan}` }, missing: plan ? [] : ['plan'], language: 'en' };
      }
      return path.startsWith('/v1/templates/') ? template : rule(asked);
    };
    chooseTenant('kettle');
    show(
      <Routes>
        <Route path="/rules/:id" element={<RulePage />} />
      </Routes>,
      { at: '/rules/r1', permissions: ['events:read', 'events:manage', 'campaigns:read', 'campaigns:manage'] },
    );
    await userEvent.click(await screen.findByRole('button', { name: en.rules.remove_action.replace('%{number}', '1') }));
    await press(en.rules.add_template);
    await press(en.rules.save);
    expect(await screen.findByText(en.rules.fault.empty)).toBeVisible();
    expect(stored.changes).toEqual([]);
    await userEvent.click(screen.getByLabelText(en.campaigns.template));
    await userEvent.click(await screen.findByRole('option', { name: 'Upgrade' }));
    expect(await screen.findByText(en.rules.template_version.replace('%{version}', '4'))).toBeVisible();
    await userEvent.type(screen.getByRole('textbox', { name: 'plan' }), 'pro');
    expect(await screen.findByText('Your plan: pro')).toBeVisible();
    await press(en.rules.save);
    const message = { type: 'template', template_id: template.id, variables: { plan: 'pro' }, class: 'transactional' };
    await waitFor(() => expect(stored.rule.actions).toEqual([{ type: 'send_message', message }]));
    // As it was saved, it is opened again.
    expect(await screen.findByDisplayValue('Upgrade')).toBeVisible();
  });
});
