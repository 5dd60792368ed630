import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { StateChip } from '../parts/state-chip';
import type { Campaign } from './api';
import { barOf, type CellCounts, chosenOf, type FlightCounts, goneOf } from './six-cells';
import './campaigns.css';

/** State of a campaign as its chip shows it: one that a rule has paused is told apart. */
export const lookOf = ({ state, reason }: Pick<Campaign, 'state' | 'reason'>): string =>
  state === 'paused' && reason === 'rule' ? 'stopped' : state;

export function CampaignChip({ campaign, big }: { campaign: Pick<Campaign, 'state' | 'reason'>; big?: boolean }) {
  return <StateChip kind="campaign" state={lookOf(campaign)} {...(big && { big })} />;
}

/** The progress of a campaign: read, delivered, sent, failed, waiting, from the start of the line. */
export function FlightBar({ counts, thin }: { counts: CellCounts; thin?: boolean }) {
  const translate = useTranslate();
  const format = useFormat();
  const words = barOf(counts).map(({ cell }) => `${translate(`campaigns.counts.${cell}`)} ${format.number(counts[cell])}`);
  return (
    <div className={`flight-bar${thin ? ' thin' : ''}`} role="img" aria-label={words.join(', ') || translate('campaigns.nobody_yet')}>
      {barOf(counts).map(({ cell, percent }) => (
        <i key={cell} data-cell={cell} style={{ width: `${percent}%` }} />
      ))}
    </div>
  );
}

/** Bar and figures in a row of a table. */
export function RowProgress({ results }: { results: FlightCounts }) {
  const translate = useTranslate();
  const format = useFormat();
  return (
    <span className="row nowrap" style={{ flexWrap: 'nowrap' }}>
      <FlightBar thin counts={results.counts} />
      <span className="num">
        <b className="strong">{format.number(goneOf(results))}</b>{' '}
        <span className="mute">{translate('value.of', { of: format.number(chosenOf(results.counts)) })}</span>
      </span>
    </span>
  );
}
