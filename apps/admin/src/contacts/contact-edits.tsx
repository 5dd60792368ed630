import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ListPage } from '../parts/list';
import { Words } from '../parts/person-text';
import { StateChip } from '../parts/state-chip';
import { Time } from '../parts/values';
import { useNamesOf } from '../segments/segments';
import { attributeText, type ContactEdit } from './contacts';
import { UndoButton } from './edit-progress';
import './people.css';

/** Edits of many contacts, newest first, each with its result and its undo. */
export function ContactEdits() {
  const translate = useTranslate();
  const format = useFormat();
  const say = (key: string, args?: Record<string, unknown>): string => translate(`contacts.edits.${key}`, args);
  return (
    <ListPage<ContactEdit>
      resource="contact_edits"
      title={say('title')}
      columns={[
        { key: 'changes', label: say('what'), render: (edit) => <Changes edit={edit} /> },
        { key: 'state', label: say('state'), render: ({ state }) => <StateChip kind="contact_edit" state={state} /> },
        { key: 'matched', label: say('matched'), render: ({ matched }) => format.number(matched), end: true, narrowHide: true },
        { key: 'changed', label: say('changed'), render: ({ changed }) => format.number(changed), end: true },
        { key: 'by', label: say('by'), render: ({ actor }) => <Words className="cut">{actor.name}</Words>, low: true, narrowHide: true },
        { key: 'at', label: say('at'), render: ({ created_at }) => <Time at={created_at} />, end: true, narrowHide: true },
        { key: 'undo', label: '', render: (edit) => <UndoButton edit={edit} reason="tip" />, end: true },
      ]}
      empty={{ title: say('empty'), text: say('empty_text') }}
    />
  );
}

function Changes({ edit: { changes } }: { edit: ContactEdit }) {
  const translate = useTranslate();
  const lists = [...changes.add_to_lists, ...changes.remove_from_lists];
  const names = useNamesOf(lists.map((id) => ({ kind: 'list', id })));
  const named = (id: string) => ({ name: names.get(id) ?? id });
  const parts = [
    ...(changes.opt_out ? [translate('contacts.edits.opt_out', { source: changes.opt_out.source })] : []),
    ...changes.add_tags.map((tag) => translate('contacts.edits.add_tag', { tag })),
    ...changes.remove_tags.map((tag) => translate('contacts.edits.remove_tag', { tag })),
    ...Object.entries(changes.set).map(([name, value]) => translate('contacts.edits.set', { name, value: attributeText(value) })),
    ...changes.unset.map((name) => translate('contacts.edits.unset', { name })),
    ...changes.add_to_lists.map((id) => translate('contacts.edits.to_list', named(id))),
    ...changes.remove_from_lists.map((id) => translate('contacts.edits.from_list', named(id))),
  ];
  return <Words className="cut">{parts.join(' · ')}</Words>;
}
