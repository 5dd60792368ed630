import type { Column } from '../parts/list';
import { PersonName, Tags, Words } from '../parts/person-text';
import { StateChip } from '../parts/state-chip';
import { Dash, Phone, Time } from '../parts/values';
import type { ListedContact } from './contacts';

/** Columns that tables of contacts share: the person, phone, tags, the last consent and whether an opt-out stops messages. */
export const contactColumns = (translate: (key: string) => string): Column<ListedContact>[] => [
  {
    key: 'name',
    label: translate('contacts.name'),
    render: ({ name, addresses }) => <PersonName name={name} address={addresses[0]} />,
  },
  {
    key: 'phone',
    label: translate('contacts.phone'),
    render: ({ name, addresses }) => (name ? <Phone value={addresses[0]} /> : <Dash />),
    narrowHide: true,
  },
  {
    key: 'tags',
    label: translate('contacts.tags'),
    render: ({ tags }) => (tags.length > 0 ? <Tags of={tags} /> : <Dash />),
    narrowHide: true,
  },
  {
    key: 'consent',
    label: translate('contacts.consent'),
    render: ({ consent, consent_at, consent_source }) =>
      consent ? (
        <>
          <StateChip kind="consent" state={consent} bare />
          <div className="small mute narrow-hide">
            <Time at={consent_at} /> · <Words>{consent_source ?? ''}</Words>
          </div>
        </>
      ) : (
        <Dash />
      ),
  },
  {
    key: 'opted_out',
    label: translate('contacts.suppressed'),
    render: ({ opted_out }) => (opted_out ? translate('contacts.yes') : <Dash />),
    narrowHide: true,
  },
];
