import { MenuItem, TextField } from '@mui/material';
import { useTranslate } from 'react-admin';
import { Link, useSearchParams } from 'react-router-dom';
import { MoreButton } from '../parts/more-button';
import { Empty, Failed, Skeleton } from '../parts/page';
import { Words } from '../parts/person-text';
import { StateChip } from '../parts/state-chip';
import { Dash, Phone, Time } from '../parts/values';
import { useMay } from '../providers/acts';
import { type Campaign, type CampaignReply, useReplies } from './api';
import { FollowUpButton } from './follow-up-button';
import { PersonLink } from './people-drawer';

const kinds = ['reply', 'opt_out'] as const;

/** People who answered a campaign, with what they wrote and the way to their conversation. The filter lives in the address. */
export function RepliesTab({ campaign }: { campaign: Campaign }) {
  const translate = useTranslate();
  const mayRead = useMay('conversations:read');
  const [search, setSearch] = useSearchParams();
  const kind = kinds.find((one) => one === search.get('kind')) ?? null;
  const pages = useReplies(campaign, kind, mayRead === true);
  const { data, error, refetch, hasNextPage, isFetching } = pages;
  const replies = data?.pages.flatMap((page) => page.data);
  if (mayRead === false) return <p className="text">{translate('campaigns.may_not_read_replies')}</p>;
  return (
    <>
      <div className="filters" role="search">
        <TextField
          select
          value={kind ?? ''}
          onChange={(event) => setSearch({ tab: 'replies', ...(event.target.value && { kind: event.target.value }) }, { replace: true })}
          slotProps={{ select: { displayEmpty: true }, htmlInput: { 'aria-label': translate('campaigns.filter_answers') } }}
          sx={{ width: 200 }}
        >
          <MenuItem value="">{translate('campaigns.all_answers')}</MenuItem>
          {kinds.map((name) => (
            <MenuItem key={name} value={name}>
              {translate(`campaigns.answer.${name}`)}
            </MenuItem>
          ))}
        </TextField>
        <span className="aside row" style={{ flexWrap: 'wrap' }}>
          {(['replied', 'not_replied'] as const).map((cell) => (
            <FollowUpButton key={cell} id={campaign.id} of={{ cell }}>
              {translate(`campaigns.follow_up_${cell}`)}
            </FollowUpButton>
          ))}
        </span>
      </div>
      <div className={`table-box${isFetching && replies ? ' busy' : ''}`}>
        {error ? (
          <Failed error={error} retry={() => void refetch()} />
        ) : !replies ? (
          <Skeleton />
        ) : replies.length === 0 && !hasNextPage ? (
          <Empty title={translate('campaigns.replies_none')}>{translate('campaigns.replies_none_text')}</Empty>
        ) : (
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{translate('campaigns.person')}</th>
                <th scope="col" className="narrow-hide">
                  {translate('campaigns.phone')}
                </th>
                <th scope="col">{translate('campaigns.wrote')}</th>
                <th scope="col" className="end narrow-hide">
                  {translate('campaigns.wrote_at')}
                </th>
                <th scope="col" className="end">
                  <span className="hidden">{translate('list.acts')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {replies.map((reply) => (
                <tr key={`${reply.message_id}/${reply.kind}`}>
                  <td className="name">
                    <PersonLink id={reply.contact_id} name={reply.name} />
                  </td>
                  <td className="narrow-hide">
                    <Phone value={reply.phone} />
                  </td>
                  <td style={{ maxWidth: 480 }}>
                    <Wrote reply={reply} />
                  </td>
                  <td className="end narrow-hide">
                    <Time at={reply.at} />
                  </td>
                  <td className="end">
                    {reply.conversation_id ? (
                      <Link className="linked nowrap" to={`/conversations/${reply.conversation_id}`}>
                        {translate('campaigns.to_conversation')}
                      </Link>
                    ) : (
                      <Dash />
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

function Wrote({ reply: { kind, type, text } }: { reply: CampaignReply }) {
  const translate = useTranslate();
  return (
    <span className="row" style={{ alignItems: 'baseline' }}>
      {kind === 'opt_out' && <StateChip kind="consent" state="opt_out" />}
      {text ? (
        <Words className="wrote">{text}</Words>
      ) : (
        <i className="mute">
          {type === null ? translate('campaigns.wrote_gone') : translate(`type.${type}`, { _: translate('conversation.no_text') })}
        </i>
      )}
    </span>
  );
}
