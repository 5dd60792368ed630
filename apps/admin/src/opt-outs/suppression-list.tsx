import { Button, TextField } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useListContext, useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { entriesOf, useMayManageContacts } from '../contacts/contacts';
import { SourceField } from '../contacts/source-field';
import { ActButton } from '../parts/act-button';
import { DecisionDialog } from '../parts/decision-dialog';
import { DecisionDrawer } from '../parts/decision-drawer';
import { ListPage } from '../parts/list';
import { Note } from '../parts/page';
import { Words } from '../parts/person-text';
import { Refused } from '../parts/refused';
import { StateChip } from '../parts/state-chip';
import { Dash, Phone, phoneInText, Time } from '../parts/values';
import { useAct } from '../providers/acts';
import type { components } from '../providers/api-types';
import { api, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { OptOutTabs } from './opt-out-tabs';
import '../contacts/people.css';
import '../parts/records.css';

type Suppression = components['schemas']['Suppression'] & { id: string };

/** Addresses that nothing is sent to. */
export function SuppressionList() {
  const translate = useTranslate();
  const may = useMayManageContacts();
  const [lifted, setLifted] = useState<Suppression | null>(null);
  const off = may === false ? translate('contacts.may_not') : undefined;
  const say = (key: string): string => translate(`opt_outs.suppression.${key}`);
  return (
    <ListPage<Suppression>
      resource="suppressions"
      title={translate('menu.suppressions')}
      acts={<AddAct off={off} />}
      above={<OptOutTabs />}
      search={{ source: 'address', label: say('search') }}
      filters={[
        {
          source: 'reason',
          label: say('reason'),
          choices: (['opt_out', 'bad_number', 'manual'] as const).map((value) => ({
            value,
            label: translate(`state.suppression.${value}`),
          })),
        },
      ]}
      columns={[
        {
          key: 'address',
          label: say('address'),
          render: ({ address }) =>
            address.startsWith('sha256:') ? <span className="mono">{`${address.slice(0, 19)}…`}</span> : <Phone value={address} />,
        },
        { key: 'reason', label: say('reason'), render: ({ reason }) => <StateChip kind="suppression" state={reason} /> },
        {
          key: 'note',
          label: say('note'),
          render: ({ note }) => (note ? <Words className="clamp">{note}</Words> : <Dash />),
          narrowHide: true,
        },
        { key: 'by', label: say('by'), render: ({ actor }) => <Words className="cut">{actor.name}</Words>, low: true, narrowHide: true },
        { key: 'since', label: say('since'), render: ({ created_at }) => <Time at={created_at} />, narrowHide: true },
        { key: 'until', label: say('until'), render: ({ expires_at }) => <Time at={expires_at} />, low: true, narrowHide: true },
        {
          key: 'lift',
          label: '',
          render: (row) => (
            <ActButton variant="outlined" off={off} reason="tip" onClick={() => setLifted(row)}>
              {say('lift')}
            </ActButton>
          ),
          end: true,
        },
      ]}
      empty={{ title: say('empty'), text: say('empty_text') }}
    >
      {lifted && <LiftDialog suppression={lifted} onClose={() => setLifted(null)} />}
    </ListPage>
  );
}

function AddAct({ off }: { off: string | undefined }) {
  const translate = useTranslate();
  const { refetch } = useListContext();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <ActButton variant="contained" off={off} onClick={() => setOpen(true)}>
        {translate('opt_outs.suppression.add')}
      </ActButton>
      {isOpen && (
        <AddDrawer
          onClose={() => {
            setOpen(false);
            void refetch();
          }}
        />
      )}
    </>
  );
}

function AddDrawer({ onClose }: { onClose: () => void }) {
  const translate = useTranslate();
  const form = useId();
  const act = useAct(['suppressions'], ['contacts'], ['contact']);
  const [addresses, setAddresses] = useState('');
  const [note, setNote] = useState('');
  const [until, setUntil] = useState('');
  const [isMissing, setMissing] = useState(false);
  const [added, setAdded] = useState<{ added: number; given: number } | null>(null);
  const say = (key: string, args?: Record<string, unknown>): string => translate(`opt_outs.suppression.${key}`, args);
  const given = entriesOf(addresses);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (given.length === 0) return setMissing(true);
    act.mutate(async () => {
      const answer = await ok(
        api.POST('/v1/suppressions', {
          body: { addresses: given, note: note.trim() || null, expires_at: until ? new Date(`${until}T23:59:59`).toISOString() : null },
        }),
      );
      setAdded({ added: answer.added, given: given.length });
    });
  };
  // Faults stand at places of the list: they are shown by the addresses themselves.
  const faults = (act.error?.faults ?? []).map(({ path }) => given[Number(path.split('/')[1])]).filter((address) => address !== undefined);
  return (
    <DecisionDrawer
      title={say('add_title')}
      onClose={onClose}
      foot={
        added ? (
          <Button variant="contained" onClick={onClose}>
            {say('close')}
          </Button>
        ) : (
          <>
            <Button variant="outlined" onClick={onClose}>
              {translate('contacts.cancel')}
            </Button>
            <ActButton variant="contained" type="submit" form={form} busy={act.isPending && translate('frame.saving')}>
              {given.length > 0 ? say('add_do', { smart_count: given.length }) : say('add')}
            </ActButton>
          </>
        )
      }
    >
      {added ? (
        <Note state="read" title={say('added', { smart_count: added.added })}>
          {added.given > added.added && say('added_known', { smart_count: added.given - added.added })}
        </Note>
      ) : (
        <form id={form} className="stack" onSubmit={submit} noValidate>
          <Refused error={act.error} />
          {faults.length > 0 && (
            <ul className="follows">
              {faults.slice(0, 10).map((address) => (
                <li key={address}>
                  <bdi dir="ltr" className="mono">
                    {address}
                  </bdi>
                </li>
              ))}
            </ul>
          )}
          <p className="text">{say('add_text')}</p>
          <TextField
            autoFocus
            label={say('addresses')}
            helperText={say(isMissing ? 'addresses_needed' : 'addresses_help')}
            error={isMissing}
            value={addresses}
            onChange={(event) => {
              setAddresses(event.target.value);
              setMissing(false);
            }}
            multiline
            minRows={4}
            maxRows={12}
            slotProps={{ htmlInput: { dir: 'ltr', style: { padding: '6px 10px' } } }}
          />
          <TextField
            label={say('note')}
            value={note}
            onChange={(event) => setNote(event.target.value)}
            slotProps={{ htmlInput: { maxLength: 500, dir: 'auto' } }}
          />
          <TextField
            type="date"
            label={say('until')}
            helperText={say('until_help')}
            value={until}
            onChange={(event) => setUntil(event.target.value)}
            slotProps={{ inputLabel: { shrink: true } }}
          />
        </form>
      )}
    </DecisionDrawer>
  );
}

/** Lifts a suppression. An opt-out is lifted by a consent of its person, with where it was given. */
function LiftDialog({ suppression: { address, reason }, onClose }: { suppression: Suppression; onClose: () => void }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const act = useAct(['suppressions'], ['contacts'], ['contact']);
  const [source, setSource] = useState('');
  const [isMissing, setMissing] = useState(false);
  const say = (key: string, args?: Record<string, unknown>): string => translate(`opt_outs.suppression.${key}`, args);
  const isOptOut = reason === 'opt_out';
  const { data: contact } = useQuery({
    queryKey: ['contacts', 'of', tenant, address],
    queryFn: async ({ signal }) =>
      (await ok(api.GET('/v1/contacts', { params: { query: { address, limit: 1 } }, signal }))).data[0] ?? null,
    enabled: !address.startsWith('sha256:'),
  });
  const needsSource = isOptOut && !!contact;
  return (
    <DecisionDialog
      title={say('lift_title', { address: phoneInText(address) })}
      button={say(needsSource ? 'lift_opt_in' : 'lift_do')}
      back={translate('contacts.cancel')}
      isDanger={isOptOut}
      act={act}
      onClose={onClose}
      onDo={() => {
        if (needsSource && !source.trim()) return setMissing(true);
        act.mutate(
          () =>
            needsSource
              ? ok(
                  api.POST('/v1/contacts/{id}/consents', {
                    params: { path: { id: contact.id } },
                    body: {
                      action: 'opt_in',
                      purpose: 'marketing',
                      source: source.trim(),
                      address,
                      text: null,
                      text_version: null,
                      proof: null,
                    },
                  }),
                )
              : ok(api.POST('/v1/suppressions/lift', { body: { address, reason } })),
          { onSuccess: onClose },
        );
      }}
    >
      <span className="soft">{say(`lift_text.${reason}`)}</span>
      {contact && (
        <Link className="linked" to={`/contacts/${contact.id}`}>
          {say('whose')}
        </Link>
      )}
      {needsSource && (
        <SourceField
          value={source}
          isMissing={isMissing}
          onChange={(given) => {
            setSource(given);
            setMissing(false);
          }}
        />
      )}
    </DecisionDialog>
  );
}
