import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import type { LinkDecision } from './api';

/** Decision of a client by a link, with their words. */
export function Decision({ decision: { verdict, name, note, at } }: { decision: LinkDecision }) {
  const translate = useTranslate();
  const format = useFormat();
  return (
    <span style={{ display: 'block', overflowWrap: 'anywhere' }}>
      <b>{translate(`approval.verdict.${verdict}`, { name, time: format.when(new Date(at)) })}</b> {note && <q dir="auto">{note}</q>}
    </span>
  );
}
