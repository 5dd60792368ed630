import '@fontsource-variable/jetbrains-mono';
import MoreHorizOutlined from '@mui/icons-material/MoreHorizOutlined';
import { IconButton, Menu, MenuItem } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link, Navigate, useParams } from 'react-router-dom';
import { ActButton } from '../parts/act-button';
import { ChooseClient } from '../parts/needs-client';
import { Card, Facts, Failed, Note, Page, PendingPage, Skeleton } from '../parts/page';
import { plainName, Tags, Words } from '../parts/person-text';
import { StateChip } from '../parts/state-chip';
import { Dash, Id, Phone, Time } from '../parts/values';
import { api, ok } from '../providers/client';
import { useNumberNames } from '../providers/number-names';
import { useTenant } from '../providers/tenant';
import { attributeText, type Contact, contactKey, useAttributeTypes, useContact, useMayManageContacts } from './contacts';
import { CampaignsCard, EventsCard } from './contact-cards';
import { ConsentDialog, MergeDialog, SplitDialog } from './contact-decisions';
import { EditContact } from './contact-drawer';
import { ContactTimelineCard } from './contact-timeline';
import '../parts/records.css';
import './people.css';

/** One person: everything exchanged, and what is known. */
export function ContactPage() {
  const translate = useTranslate();
  const tenant = useTenant();
  const { id = '' } = useParams();
  const { data, error, refetch } = useContact(id);
  const frame = { title: translate('menu.contacts'), crumbs: [{ to: '/contacts', label: translate('menu.contacts') }] };
  if (!tenant)
    return (
      <Page {...frame}>
        <ChooseClient />
      </Page>
    );
  if (!data) return <PendingPage {...frame} error={error} retry={() => void refetch()} />;
  // The page of a contact that was merged is the page of the one it became.
  if (data.value.id !== id) return <Navigate to={`/contacts/${data.value.id}`} replace />;
  return <Loaded key={id} contact={data.value} tag={data.tag} />;
}

type Open = 'edit' | 'opt_in' | 'opt_out' | 'merge' | 'split';

function Loaded({ contact, tag }: { contact: Contact; tag: string | null }) {
  const translate = useTranslate();
  const may = useMayManageContacts();
  const [open, setOpen] = useState<Open | null>(null);
  const [menu, setMenu] = useState<HTMLElement | null>(null);
  const close = (): void => setOpen(null);
  const title = plainName(contact.name, contact.addresses[0]) || translate('contacts.nameless');
  const off = may === false ? translate('contacts.may_not') : undefined;
  const choose = (what: Open) => () => {
    setMenu(null);
    setOpen(what);
  };
  return (
    <Page
      title={title}
      crumbs={[{ to: '/contacts', label: translate('menu.contacts') }]}
      beside={
        <>
          {contact.name && <Phone value={contact.addresses[0]} />}
          {contact.opted_out ? (
            <StateChip kind="consent" state="opt_out" big />
          ) : (
            contact.consent && <StateChip kind="consent" state={contact.consent} big />
          )}
        </>
      }
      acts={
        <>
          <ActButton variant="outlined" off={off} onClick={choose(contact.opted_out ? 'opt_in' : 'opt_out')}>
            {translate(contact.opted_out ? 'contacts.opt_in' : 'contacts.opt_out')}
          </ActButton>
          {!off && (
            <>
              <ActButton variant="outlined" onClick={choose('edit')}>
                {translate('contacts.edit')}
              </ActButton>
              <IconButton aria-label={translate('contacts.more')} aria-haspopup="menu" onClick={(event) => setMenu(event.currentTarget)}>
                <MoreHorizOutlined />
              </IconButton>
              <Menu open={menu !== null} anchorEl={menu} onClose={() => setMenu(null)}>
                {!contact.opted_out && <MenuItem onClick={choose('opt_in')}>{translate('contacts.opt_in')}</MenuItem>}
                <MenuItem onClick={choose('merge')}>{translate('contacts.merge')}</MenuItem>
                {contact.addresses.length > 1 && <MenuItem onClick={choose('split')}>{translate('contacts.split')}</MenuItem>}
              </Menu>
            </>
          )}
        </>
      }
    >
      <OpenReview id={contact.id} />
      <div className="two-one">
        <div className="stack">
          <ContactTimelineCard id={contact.id} />
        </div>
        <div className="stack">
          <Card title={translate('contacts.facts')}>
            <ContactFacts contact={contact} />
          </Card>
          <AddressesCard contact={contact} />
          <ConsentsCard id={contact.id} />
          <ConversationsCard id={contact.id} />
          <CampaignsCard id={contact.id} />
          <EventsCard id={contact.id} />
        </div>
      </div>
      {open === 'edit' && <EditContact contact={contact} tag={tag} onClose={close} />}
      {(open === 'opt_in' || open === 'opt_out') && <ConsentDialog contact={contact} action={open} onClose={close} />}
      {open === 'merge' && <MergeDialog contact={contact} onClose={close} />}
      {open === 'split' && <SplitDialog contact={contact} onClose={close} />}
    </Page>
  );
}

function OpenReview({ id }: { id: string }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const { data, error, refetch } = useQuery({
    queryKey: contactKey(tenant, id, 'reviews'),
    queryFn: ({ signal }) => ok(api.GET('/v1/opt-out-reviews', { params: { query: { contact_id: id, state: 'open', limit: 1 } }, signal })),
  });
  const review = data?.data[0];
  if (!data && error) return <Failed error={error} retry={() => void refetch()} />;
  if (!review) return null;
  return (
    <Note
      state="uncertain"
      title={translate('contacts.review_open')}
      acts={
        <Link className="linked" to={`/opt-outs?filter=${encodeURIComponent(JSON.stringify({ contact_id: id }))}`}>
          {translate('contacts.decide')}
        </Link>
      }
    >
      <Words className="clamp">{review.text}</Words>
    </Note>
  );
}

function ContactFacts({ contact }: { contact: Contact }) {
  const translate = useTranslate();
  const { data: types = [] } = useAttributeTypes();
  const labelOf = (name: string): string => types.find((type) => type.name === name)?.label ?? name;
  const attributes = Object.entries(contact.attributes).map(([name, value]): [string, ReactNode] => [
    labelOf(name),
    typeof value === 'boolean' ? translate(value ? 'contacts.yes' : 'contacts.no') : <Words key={name}>{attributeText(value)}</Words>,
  ]);
  return (
    <Facts
      rows={[
        [translate('contacts.name'), contact.name ? <Words>{contact.name}</Words> : <Dash />],
        [translate('contacts.tags'), contact.tags.length > 0 ? <Tags of={contact.tags} max={50} /> : <Dash />],
        [translate('contacts.external_id'), contact.external_id && <Id value={contact.external_id} />],
        ...attributes,
        [translate('contacts.since'), <Time key="since" at={contact.created_at} />],
        [translate('contacts.changed'), <Time key="changed" at={contact.updated_at} />],
        [translate('contacts.id'), <Id key="id" value={contact.id} />],
      ]}
    />
  );
}

function AddressesCard({ contact: { id, addresses } }: { contact: Contact }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const { data, error, refetch } = useQuery({
    queryKey: contactKey(tenant, id, 'suppressions'),
    queryFn: async ({ signal }) =>
      (await ok(api.GET('/v1/suppressions', { params: { query: { contact_id: id, limit: 200 } }, signal }))).data,
  });
  return (
    <Card title={translate('contacts.addresses')} pad={false}>
      <div className="lines">
        {!data && (error ? <Failed error={error} retry={() => void refetch()} /> : <Skeleton rows={2} />)}
        {addresses.map((address) => (
          <div key={address} className="row">
            <Phone value={address} />
            {data
              ?.filter((suppression) => suppression.address === address)
              .map(({ reason, note, expires_at }) => (
                <span key={reason} className="row suppressed">
                  <StateChip kind="suppression" state={reason} />
                  {note && <Words className="small mute cut">{note}</Words>}
                  {expires_at && (
                    <span className="small mute">
                      {translate('contacts.until')} <Time at={expires_at} />
                    </span>
                  )}
                </span>
              ))}
          </div>
        ))}
        {addresses.length === 0 && <div className="mute">{translate('contacts.no_addresses')}</div>}
      </div>
    </Card>
  );
}

function ConsentsCard({ id }: { id: string }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const { data, error, refetch } = useQuery({
    queryKey: contactKey(tenant, id, 'consents'),
    queryFn: async ({ signal }) => (await ok(api.GET('/v1/contacts/{id}/consents', { params: { path: { id } }, signal }))).data,
  });
  const [maxShown, setMaxShown] = useState(5);
  const voided = new Set(data?.map(({ voids }) => voids));
  return (
    <Card
      title={translate('contacts.consents')}
      note={data && data.length > 0 ? translate('contacts.never_changed') : undefined}
      pad={false}
    >
      <div className="lines">
        {!data && (error ? <Failed error={error} retry={() => void refetch()} /> : <Skeleton rows={2} />)}
        {data?.slice(0, maxShown).map((consent) => (
          <div key={consent.id} className="consent">
            <StateChip kind="consent" state={consent.action} bare />
            <div>
              <div>
                {consent.action === 'void' ? (
                  <Link className="linked" to={`/contacts/imports/${(consent.proof as { import_id: string }).import_id}`}>
                    {translate('contacts.consent_undone')}
                  </Link>
                ) : (
                  translate('contacts.consent_source', { source: consent.source, purpose: consent.purpose })
                )}
              </div>
              {voided.has(consent.id) && <div className="small strong">{translate('contacts.no_longer_counts')}</div>}
              {consent.text && <Words className="small quote">{consent.text}</Words>}
              <div className="small mute">
                <Time at={consent.at} /> · <Words>{consent.actor.name}</Words>
                {consent.address && (
                  <>
                    {' · '}
                    <bdi dir="ltr" className="num">
                      {consent.address}
                    </bdi>
                  </>
                )}
                {consent.text_version && ` · ${consent.text_version}`}
              </div>
            </div>
          </div>
        ))}
        {data?.length === 0 && <div className="mute">{translate('contacts.no_consents')}</div>}
        {data && data.length > maxShown && (
          <div>
            <button type="button" className="as-link" onClick={() => setMaxShown(data.length)}>
              {translate('contacts.all_consents', { count: data.length })}
            </button>
          </div>
        )}
      </div>
    </Card>
  );
}

function ConversationsCard({ id }: { id: string }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const numbers = useNumberNames();
  const { data, error, refetch } = useQuery({
    queryKey: contactKey(tenant, id, 'conversations'),
    queryFn: async ({ signal }) =>
      (await ok(api.GET('/v1/conversations', { params: { query: { contact_id: id, limit: 50 } }, signal }))).data,
  });
  return (
    <Card title={translate('contacts.conversations')} pad={false}>
      <div className="lines">
        {!data && (error ? <Failed error={error} retry={() => void refetch()} /> : <Skeleton rows={2} />)}
        {data?.map((conversation) => (
          <div key={conversation.id}>
            <Link className="plain strong cut" to={`/conversations/${conversation.id}`}>
              {numbers.get(conversation.session_id)?.name ?? translate('contacts.a_conversation')}
            </Link>
            {conversation.unread > 0 && <span className="unread">{conversation.unread}</span>}
            <span className="mute end grow">
              <Time at={conversation.last_entry_at} />
            </span>
          </div>
        ))}
        {data?.length === 0 && <div className="mute">{translate('contacts.no_conversations')}</div>}
      </div>
    </Card>
  );
}
