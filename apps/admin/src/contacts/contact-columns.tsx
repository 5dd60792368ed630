import type { Column } from '../parts/list';
import { PersonName, Tags } from '../parts/person-text';
import { StateChip } from '../parts/state-chip';
import { Dash, Phone } from '../parts/values';
import type { ListedContact } from './contacts';

/** Columns that tables of contacts share: the person, phone, tags and consent. */
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
    render: ({ consent, opted_out }) =>
      opted_out ? <StateChip kind="consent" state="opt_out" /> : consent ? <StateChip kind="consent" state={consent} bare /> : <Dash />,
  },
];
