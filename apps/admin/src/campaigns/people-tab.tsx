import CampaignOutlined from '@mui/icons-material/CampaignOutlined';
import CloseOutlined from '@mui/icons-material/CloseOutlined';
import DownloadOutlined from '@mui/icons-material/DownloadOutlined';
import { MenuItem, TextField } from '@mui/material';
import { useTranslate } from 'react-admin';
import { Link, useNavigate, useSearchParams } from 'react-router-dom';
import { ActButton } from '../parts/act-button';
import { MoreButton } from '../parts/more-button';
import { Empty, Failed, Skeleton } from '../parts/page';
import { Refused } from '../parts/refused';
import { StateChip } from '../parts/state-chip';
import { Dash, Phone, Time } from '../parts/values';
import { useAct, useMay } from '../providers/acts';
import { useNumberNames } from '../providers/number-names';
import { type Campaign, exportPeople, followUp, usePeople } from './api';
import { useReasonWords } from './left-out';
import { PersonLink } from './people-drawer';
import { type Cell, sixCells } from './six-cells';

/** People of a campaign with what became of each, by count and reason. The filter lives in the address. */
export function PeopleTab({ campaign }: { campaign: Campaign }) {
  const translate = useTranslate();
  const numbers = useNumberNames();
  const wordsOf = useReasonWords();
  const [search, setSearch] = useSearchParams();
  const navigate = useNavigate();
  const mayManage = useMay('campaigns:manage');
  const act = useAct(['campaigns']);
  const asked = search.get('outcome');
  const cell = (sixCells as readonly (string | null)[]).includes(asked) ? (asked as Cell) : null;
  const reason = search.get('reason');
  const filter = { ...(cell && { outcome: cell }), ...(reason && { reason }) };
  const pages = usePeople(campaign.id, filter);
  const { data, error, refetch, hasNextPage, isFetching } = pages;
  const people = data?.pages.flatMap((page) => page.data);
  const set = (to: { outcome?: string; reason?: string }): void => setSearch({ tab: 'people', ...to }, { replace: true });
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
          {sixCells.map((name) => (
            <MenuItem key={name} value={name}>
              {translate(`campaigns.counts.${name}`)}
            </MenuItem>
          ))}
        </TextField>
        {reason && (
          <button type="button" className="pill set" onClick={() => set(cell ? { outcome: cell } : {})}>
            {translate('campaigns.reason_head')}: {wordsOf(reason).name}
            <CloseOutlined />
          </button>
        )}
        <span className="aside row">
          {cell && mayManage && (
            <ActButton
              variant="outlined"
              startIcon={<CampaignOutlined />}
              busy={act.isPending}
              onClick={() =>
                act.mutate(async () => {
                  const draft = await followUp(campaign.id, { cell, ...(reason && { reasons: [reason] }) });
                  void navigate(`/campaigns/${draft.id}`);
                })
              }
            >
              {translate('campaigns.follow_up')}
            </ActButton>
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
                        {wordsOf(person.reason).name} <span className="mono mute">{person.reason}</span>
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

/** Saves a file under a name. */
function saveFile(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
