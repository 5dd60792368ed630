import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { Note } from '../parts/note';
import { BulkDrawer } from './bulk-drawer';
import type { EditSelection } from './selections';
import { SourceField } from './source-field';

/** Opts many contacts out, with the place where that was said. */
export function BulkOptOutDrawer({ selection, onClose }: { selection: EditSelection; onClose: (isDone: boolean) => void }) {
  const translate = useTranslate();
  const [source, setSource] = useState('');
  const [isMissing, setMissing] = useState(false);
  const say = (key: string): string => translate(`contacts.bulk.${key}`);
  return (
    <BulkDrawer
      title={say('opt_out_title')}
      selection={selection}
      act="opt_out"
      changesOf={() => {
        if (source.trim()) return { opt_out: { source: source.trim() } };
        setMissing(true);
        return null;
      }}
      onClose={onClose}
    >
      <Note state="uncertain" title={say('opt_out_final')}>
        {say('opt_out_text')}
      </Note>
      <SourceField
        value={source}
        isMissing={isMissing}
        onChange={(given) => {
          setSource(given);
          setMissing(false);
        }}
      />
    </BulkDrawer>
  );
}
