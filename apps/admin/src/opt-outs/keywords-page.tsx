import { Button, TextField } from '@mui/material';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useLocale, useTranslate } from 'react-admin';
import { entriesOf, useMayManageContacts } from '../contacts/contacts';
import { ActButton } from '../parts/act-button';
import { DrawerForm } from '../parts/drawer-form';
import { ChooseClient } from '../parts/needs-client';
import { Card, Failed, Page, Skeleton } from '../parts/page';
import { Words } from '../parts/person-text';
import { Refused } from '../parts/refused';
import { StateChip } from '../parts/state-chip';
import { useAct } from '../providers/acts';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { languageName } from './language-name';
import { OptOutTabs } from './opt-out-tabs';
import '../contacts/people.css';
import '../parts/records.css';

type Keywords = components['schemas']['OptKeywords'];
type Tested = components['schemas']['TestedOptKeywords'];

/** Words that opt people out and in, by language: those that are built in, or own ones in their place. */
export function KeywordsPage() {
  const translate = useTranslate();
  const tenant = useTenant();
  const locale = useLocale();
  const may = useMayManageContacts();
  const [open, setOpen] = useState<Keywords | null>(null);
  const { data, error, refetch } = useQuery({
    queryKey: ['opt-keywords', tenant],
    queryFn: async ({ signal }) => (await ok(api.GET('/v1/opt-keywords', { signal }))).data,
    enabled: tenant !== null,
  });
  const say = (key: string): string => translate(`opt_outs.keyword.${key}`);
  const off = may === false ? translate('contacts.may_not') : undefined;
  const body = !tenant ? (
    <ChooseClient />
  ) : error && !data ? (
    <div className="table-box">
      <Failed error={error} retry={() => void refetch()} />
    </div>
  ) : !data ? (
    <Skeleton />
  ) : (
    <>
      <TestCard />
      <div className="table-box section">
        <table className="table keywords">
          <thead>
            <tr>
              <th scope="col">{say('language')}</th>
              <th scope="col">{say('out')}</th>
              <th scope="col" className="narrow-hide">
                {say('in')}
              </th>
              <th scope="col">
                <span className="hidden">{translate('list.acts')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.map((set) => (
              <tr key={set.language}>
                <td className="name">
                  {languageName(set.language, locale)} <span className="small mute">{set.language}</span>
                  {set.is_own && <div className="small soft">{say('own')}</div>}
                </td>
                <td>{set.opt_out.length === 0 ? <span className="mute">{say('off')}</span> : <Words>{set.opt_out.join(' · ')}</Words>}</td>
                <td className="narrow-hide">
                  <Words>{set.opt_in.join(' · ')}</Words>
                </td>
                <td className="end">
                  <ActButton variant="outlined" off={off} reason="tip" onClick={() => setOpen(set)}>
                    {say('change')}
                  </ActButton>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
  return (
    <Page title={translate('menu.suppressions')}>
      <OptOutTabs />
      {body}
      {open && <EditWords set={open} onClose={() => setOpen(null)} />}
    </Page>
  );
}

/** Tells whether a text would opt its author out. Nothing is stored. */
function TestCard() {
  const translate = useTranslate();
  const locale = useLocale();
  const [text, setText] = useState('');
  const test = useMutation<Tested, ApiError, string>({
    mutationFn: (asked) => ok(api.POST('/v1/opt-keywords/test', { body: { text: asked } })),
  });
  const say = (key: string, args?: Record<string, unknown>): string => translate(`opt_outs.keyword.${key}`, args);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim()) test.mutate(text);
  };
  const { match, near } = test.data ?? {};
  return (
    <Card title={say('test')}>
      <form className="test-words" onSubmit={submit}>
        <TextField
          label={say('test_text')}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            test.reset();
          }}
          slotProps={{ htmlInput: { maxLength: 4_096, dir: 'auto' } }}
        />
        <ActButton type="submit" variant="outlined" busy={test.isPending}>
          {say('test_do')}
        </ActButton>
        <span role="status" className="row">
          {match && (
            <>
              <StateChip kind="consent" state={match.action} />
              {say('is_keyword', { keyword: match.keyword, language: languageName(match.language, locale) })}
            </>
          )}
          {!match && near && (
            <>
              <StateChip kind="review" state="open" />
              {say('is_near', { keyword: near.keyword, language: languageName(near.language, locale) })}
            </>
          )}
          {test.data && !match && !near && <span className="soft">{say('is_none')}</span>}
        </span>
      </form>
      <Refused error={test.error} />
    </Card>
  );
}

function EditWords({ set, onClose }: { set: Keywords; onClose: () => void }) {
  const translate = useTranslate();
  const locale = useLocale();
  const act = useAct(['opt-keywords']);
  const [optOut, setOptOut] = useState(set.opt_out.join('\n'));
  const [optIn, setOptIn] = useState(set.opt_in.join('\n'));
  const say = (key: string, args?: Record<string, unknown>): string => translate(`opt_outs.keyword.${key}`, args);
  const path = { path: { language: set.language } };
  const submit = (): void => {
    act.mutate(
      () => ok(api.PUT('/v1/opt-keywords/{language}', { params: path, body: { opt_out: entriesOf(optOut), opt_in: entriesOf(optIn) } })),
      { onSuccess: onClose },
    );
  };
  const area = { multiline: true, minRows: 4, maxRows: 14 } as const;
  return (
    <DrawerForm
      title={say('change_title', { language: languageName(set.language, locale) })}
      button={translate('contacts.save')}
      back={translate('contacts.cancel')}
      busy={act.isPending && translate('frame.saving')}
      beside={
        set.is_own && (
          <Button
            variant="outlined"
            onClick={() => act.mutate(() => ok(api.DELETE('/v1/opt-keywords/{language}', { params: path })), { onSuccess: onClose })}
          >
            {say('reset')}
          </Button>
        )
      }
      onDo={submit}
      onClose={onClose}
    >
      <Refused error={act.error} />
      <p className="text">{say('change_text')}</p>
      <TextField
        {...area}
        label={say('out')}
        helperText={entriesOf(optOut).length === 0 ? say('off_text') : say('lines_help')}
        value={optOut}
        onChange={(event) => setOptOut(event.target.value)}
        slotProps={{ htmlInput: { dir: 'auto', style: { padding: '6px 10px' } } }}
      />
      <TextField
        {...area}
        label={say('in')}
        helperText={say('lines_help')}
        value={optIn}
        onChange={(event) => setOptIn(event.target.value)}
        slotProps={{ htmlInput: { dir: 'auto', style: { padding: '6px 10px' } } }}
      />
    </DrawerForm>
  );
}
