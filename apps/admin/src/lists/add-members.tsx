import { Tab, Tabs, TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { entriesOf } from '../contacts/contacts';
import { useFormat } from '../i18n/format';
import { FormDrawer } from '../parts/form-drawer';
import { Note } from '../parts/page';
import { useAct } from '../providers/acts';
import { api, ok } from '../providers/client';
import { NameField } from '../segments/name-field';
import { type ContactList, type ListChange, listKey } from './lists';

type Way = 'addresses' | 'segment_id' | 'list_id';
const maxAddresses = 1_000;

/** Adds contacts to a list: by their phones, or all of a segment or of another list. */
export function AddMembers({ list, onClose }: { list: ContactList; onClose: () => void }) {
  const translate = useTranslate();
  const format = useFormat();
  const act = useAct(listKey, ['contacts'], ['list_members'], ['names']);
  const [way, setWay] = useState<Way>('addresses');
  const [text, setText] = useState('');
  const [source, setSource] = useState('');
  const [change, setChange] = useState<ListChange | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const say = (key: string, args?: Record<string, unknown>): string => translate(`lists.adding.${key}`, args);
  const add = (): void => {
    const addresses = entriesOf(text);
    if (way === 'addresses' && addresses.length === 0) return setFault(say('none'));
    if (way === 'addresses' && addresses.length > maxAddresses) return setFault(say('too_many', { max: format.number(maxAddresses) }));
    if (way !== 'addresses' && !source) return setFault(say('choose'));
    setFault(null);
    const body = way === 'addresses' ? { addresses } : { [way]: source };
    act.mutate(async () => {
      setChange(await ok(api.POST('/v1/contact-lists/{id}/members', { params: { path: { id: list.id } }, body: body as never })));
      setText('');
    });
  };
  return (
    <FormDrawer title={translate('lists.add_people')} button={say('do')} act={act} onDo={add} onClose={onClose}>
      <Tabs
        value={way}
        onChange={(_event, to: Way) => {
          setWay(to);
          setSource('');
        }}
        aria-label={say('way')}
      >
        <Tab value="addresses" label={say('by_phone')} disableRipple />
        <Tab value="segment_id" label={say('by_segment')} disableRipple />
        <Tab value="list_id" label={say('by_list')} disableRipple />
      </Tabs>
      {change && (
        <Note
          state={change.unknown.length > 0 ? 'uncertain' : 'sent'}
          title={say('added', { smart_count: change.changed, figure: format.number(change.changed) })}
        >
          {change.matched > change.changed && say('already', { figure: format.number(change.matched - change.changed) })}{' '}
          {change.unknown.length > 0 && (
            <>
              {say('unknown')} <bdi dir="ltr">{change.unknown.slice(0, 20).join(', ')}</bdi>
              {change.unknown.length > 20 && ` +${format.number(change.unknown.length - 20)}`}
            </>
          )}
        </Note>
      )}
      {way === 'addresses' ? (
        <TextField
          autoFocus
          multiline
          minRows={4}
          maxRows={12}
          label={say('phones')}
          helperText={fault ?? say('phones_help')}
          error={!!fault}
          value={text}
          onChange={(event) => setText(event.target.value)}
          slotProps={{ htmlInput: { dir: 'ltr' } }}
        />
      ) : (
        <NameField
          key={way}
          kind={way === 'list_id' ? 'list' : 'segment'}
          label={say(way === 'list_id' ? 'list' : 'segment')}
          except={list.id}
          value={source}
          help={fault ?? say('now_only')}
          isFault={!!fault}
          onChange={setSource}
        />
      )}
    </FormDrawer>
  );
}
