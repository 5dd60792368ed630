import DownloadOutlined from '@mui/icons-material/DownloadOutlined';
import { MenuItem, TextField } from '@mui/material';
import { useTranslate } from 'react-admin';
import { Link, useSearchParams } from 'react-router-dom';
import { ActButton } from '../parts/act-button';
import { MoreButton } from '../parts/more-button';
import { Empty, Failed, Skeleton } from '../parts/page';
import { Refused } from '../parts/refused';
import { StateChip } from '../parts/state-chip';
import { Dash, Phone, Time } from '../parts/values';
import { useAct } from '../providers/acts';
import { useNumberNames } from '../providers/number-names';
import { type Campaign, type CampaignResults, exportPeople, isMoving, type PeopleFilter, useFailures, usePeople } from './api';
import { FollowUpButton } from './follow-up-button';
import { useReasonWords } from './left-out';
import { PersonLink } from './people-drawer';
import { sixCells } from './six-cells';

/** Outcomes by which people are listed: the six counts, and two of them together. */
const listed = [...sixCells, 'not_read'] as const;

/** People of a campaign with what became of each, by count and reason. The filter lives in the address. */
export function PeopleTab({ campaign, results }: { campaign: Campaign; results: CampaignResults | undefined }) {
  const translate = useTranslate();
  const numbers = useNumberNames();
  const wordsOf = useReasonWords();
  const [search, setSearch] = useSearchParams();
  const act = useAct(['campaigns']);
  const asked = search.get('outcome');
  const cell = listed.find((name) => name === asked) ?? null;
  const reason = search.get('reason');
  const filter = { ...(cell && { outcome: cell }), ...(reason && { reason }) };
  const pages = usePeople(campaign.id, filter);
  const { data, error, refetch, hasNextPage, isFetching } = pages;
  const people = data?.pages.flatMap((page) => page.data);
  const set = (to: { outcome?: string; reason?: string }): void => setSearch({ tab: 'people', ...to }, { replace: true });
  const reasons = useReasons(campaign, results, cell);
  const nameOf = (code: string): string => reasons.find((one) => one.code === code)?.text ?? wordsOf(code).name;
  return (
    <>
      <div className="filters" role="search">
        <TextField
          select
          value={cell ?? ''}
          onChange={(event) => set(event.target.value === '' ? {} : { outcome: event.target.value })}
          slotProps={{ select: { displayEmpty: true }, htmlInput: { 'aria-label': translate('campaigns.filter_state') } }}
          sx={{ width: 200 }}
        >
          <MenuItem value="">{translate('campaigns.everybody')}</MenuItem>
          {listed.map((name) => (
            <MenuItem key={name} value={name}>
              {translate(name === 'not_read' ? 'campaigns.not_read' : `campaigns.counts.${name}`)}
            </MenuItem>
          ))}
        </TextField>
        {(reason !== null || reasons.length > 0) && (
          <TextField
            select
            value={reason ?? ''}
            onChange={({ target }) => set({ ...(cell && { outcome: cell }), ...(target.value !== '' && { reason: target.value }) })}
            slotProps={{ select: { displayEmpty: true }, htmlInput: { 'aria-label': translate('campaigns.filter_reason') } }}
            sx={{ width: 240 }}
          >
            <MenuItem value="">{translate('campaigns.any_reason')}</MenuItem>
            {[...reasons, ...(reason !== null && !reasons.some(({ code }) => code === reason) ? [{ code: reason, text: null }] : [])].map(
              ({ code, text }) => (
                <MenuItem key={code} value={code}>
                  {text ?? nameOf(code)}
                </MenuItem>
              ),
            )}
          </TextField>
        )}
        <span className="aside row">
          {cell && (
            <FollowUpButton id={campaign.id} of={{ cell, ...(reason && { reasons: [reason] }) }}>
              {translate('campaigns.follow_up')}
            </FollowUpButton>
          )}
          <ActButton
            variant="outlined"
            startIcon={<DownloadOutlined />}
            busy={act.isPending}
            onClick={() => act.mutate(async () => saveFile(await exportPeople(campaign.id, filter), `${campaign.name}.csv`))}
          >
            {translate('campaigns.export')}
          </ActButton>
        </span>
      </div>
      <Refused error={act.error} />
      <div className={`table-box${isFetching && people ? ' busy' : ''}`}>
        {error ? (
          <Failed error={error} retry={() => void refetch()} />
        ) : !people ? (
          <Skeleton />
        ) : people.length === 0 && !hasNextPage ? (
          <Empty title={translate('campaigns.nobody_here')} />
        ) : (
          <table className="table rows">
            <thead>
              <tr>
                <th scope="col">{translate('campaigns.person')}</th>
                <th scope="col">{translate('campaigns.phone')}</th>
                <th scope="col">{translate('campaigns.state')}</th>
                <th scope="col" className="narrow-hide">
                  {translate('campaigns.reason_head')}
                </th>
                <th scope="col" className="low narrow-hide">
                  {translate('campaigns.number')}
                </th>
                <th scope="col" className="end narrow-hide">
                  {translate('campaigns.sent_at')}
                </th>
                <th scope="col" className="end">
                  <span className="hidden">{translate('list.acts')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {people.map((person, at) => (
                <tr key={person.message_id ?? person.contact_id ?? at}>
                  <td className="name">
                    <PersonLink id={person.contact_id} name={person.name} />
                  </td>
                  <td className="narrow-end">
                    <Phone value={person.phone} />
                  </td>
                  <td>
                    {person.state === 'skipped' ? (
                      <StateChip kind="skip" state="skipped" />
                    ) : person.state ? (
                      <StateChip kind="message" state={person.state} />
                    ) : (
                      <Dash />
                    )}
                  </td>
                  <td className="narrow-hide">
                    {person.reason ? (
                      <>
                        {nameOf(person.reason)} <span className="mono mute">{person.reason}</span>
                        {person.reason === 'missing_variable' && person.detail && (
                          <bdi dir="ltr" className="mono">
                            {' '}
                            {person.detail}
                          </bdi>
                        )}
                      </>
                    ) : (
                      <Dash />
                    )}
                  </td>
                  <td className="low narrow-hide" dir="auto">
                    {person.session_id ? (numbers.get(person.session_id)?.name ?? <Dash />) : <Dash />}
                  </td>
                  <td className="end narrow-hide">
                    <Time at={person.sent_at} />
                  </td>
                  <td className="end narrow-end">
                    {person.message_id && (
                      <Link className="linked" to={`/messages/${person.message_id}`}>
                        {translate('campaigns.to_message')}
                      </Link>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
      <MoreButton pages={pages} className="table-foot">
        {translate('campaigns.more_people')}
      </MoreButton>
    </>
  );
}

/** Reasons by which people with an outcome are filtered: those of failures, or of being left out. */
function useReasons(
  campaign: Campaign,
  results: CampaignResults | undefined,
  cell: PeopleFilter['outcome'] | null,
): { code: string; text: string | null }[] {
  const { data = [] } = useFailures(campaign.id, isMoving(campaign));
  if (cell !== 'failed' && cell !== 'left_out') return [];
  const ended = data.filter(({ state }) => (state === 'suppressed') === (cell === 'left_out'));
  const skips = cell === 'left_out' ? Object.keys(results?.skips ?? {}) : [];
  // Reasons of a launch have words in every language.
  const texts = new Map(ended.map(({ reason, text }) => [reason, cell === 'failed' ? text : null]));
  return [...new Set([...skips, ...texts.keys()])].map((code) => ({ code, text: texts.get(code) ?? null }));
}

/** Saves a file under a name. */
function saveFile(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
