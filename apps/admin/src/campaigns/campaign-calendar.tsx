import ChevronLeftOutlined from '@mui/icons-material/ChevronLeftOutlined';
import ChevronRightOutlined from '@mui/icons-material/ChevronRightOutlined';
import { Button, IconButton } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useLocale, useTranslate } from 'react-admin';
import { Link, useSearchParams } from 'react-router-dom';
import { intlOf } from '../i18n/languages';
import { useEveryMs } from '../live/live-store';
import { NeedsClient } from '../parts/needs-client';
import { Failed, Page, Skeleton } from '../parts/page';
import { looks } from '../parts/state-chip';
import type { ApiError } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { type Campaign, readLaunched } from './api';
import { lookOf } from './campaign-look';
import { dayOf, daysOf, monthDays, monthOf, nextMonth } from './month';
import { weekdayName } from './schedule-step';
import './campaigns.css';
import './calendar.css';

/** Campaigns by the days on which they start and run, a month at a time. */
export function CampaignCalendar() {
  const translate = useTranslate();
  return (
    <NeedsClient title={translate('campaigns.calendar')}>
      <Month />
    </NeedsClient>
  );
}

function Month() {
  const translate = useTranslate();
  const locale = useLocale();
  const tenant = useTenant();
  const [search, setSearch] = useSearchParams();
  const now = new Date();
  const month = monthOf(search.get('month'), now);
  const { data, error, refetch } = useQuery<Campaign[], ApiError>({
    queryKey: ['campaigns', 'calendar', tenant],
    queryFn: ({ signal }) => readLaunched(signal),
    enabled: tenant !== null,
    refetchInterval: useEveryMs(30_000),
  });
  const weeks = monthDays(month);
  const byDay = useMemo(() => {
    const days = new Map<string, Campaign[]>();
    for (const campaign of data ?? []) for (const day of daysOf(campaign, new Date())) days.set(day, [...(days.get(day) ?? []), campaign]);
    return days;
  }, [data]);
  const name = new Intl.DateTimeFormat(intlOf(locale), { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${month}-01T00:00Z`),
  );
  const today = dayOf(now);
  const go = (to: string): void => setSearch({ month: to });
  const long = new Intl.DateTimeFormat(intlOf(locale), { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' });
  return (
    <Page
      title={translate('campaigns.calendar')}
      crumbs={[{ to: '/campaigns', label: translate('menu.campaigns') }]}
      acts={
        <>
          <IconButton aria-label={translate('campaigns.month_before')} onClick={() => go(nextMonth(month, -1))}>
            <ChevronLeftOutlined className="turn" />
          </IconButton>
          <h2 aria-live="polite" style={{ margin: 0, fontSize: 15, minWidth: 140, textAlign: 'center' }}>
            {name}
          </h2>
          <IconButton aria-label={translate('campaigns.month_after')} onClick={() => go(nextMonth(month, 1))}>
            <ChevronRightOutlined className="turn" />
          </IconButton>
          <Button variant="outlined" onClick={() => go(monthOf(null, now))}>
            {translate('campaigns.this_month')}
          </Button>
        </>
      }
    >
      {error && !data ? (
        <div className="table-box">
          <Failed error={error} retry={() => void refetch()} />
        </div>
      ) : !data ? (
        <Skeleton />
      ) : (
        <div className="table-box">
          <table className="month">
            <caption className="hidden">{name}</caption>
            <thead>
              <tr>
                {[1, 2, 3, 4, 5, 6, 7].map((day) => (
                  <th key={day} scope="col">
                    {weekdayName(locale, day)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {weeks.map((week) => (
                <tr key={week[0]}>
                  {week.map((day) => {
                    const on = byDay.get(day) ?? [];
                    const isOther = !day.startsWith(month);
                    return (
                      <td
                        key={day}
                        className={[isOther && 'other', day === today && 'today', (isOther || on.length === 0) && 'empty-day']
                          .filter(Boolean)
                          .join(' ')}
                      >
                        <time className="day" dateTime={day}>
                          <span aria-hidden="true">{Number(day.slice(8))}</span>
                          <span className="hidden">{long.format(new Date(`${day}T00:00Z`))}</span>
                        </time>
                        {on.length > 0 && (
                          <ul>
                            {on.map((campaign) => (
                              <Entry key={campaign.id} campaign={campaign} />
                            ))}
                          </ul>
                        )}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {data && byDay.size === 0 && <p className="text">{translate('campaigns.calendar_empty')}</p>}
    </Page>
  );
}

function Entry({ campaign }: { campaign: Campaign }) {
  const translate = useTranslate();
  const look = lookOf(campaign) as keyof typeof looks.campaign;
  const [hue, Icon] = looks.campaign[look];
  const { start, at, local } = campaign.schedule;
  const time = start === 'local' && local ? local.slice(11) : start === 'at' && at ? new Date(at).toTimeString().slice(0, 5) : null;
  return (
    <li>
      <Link to={`/campaigns/${campaign.id}`} data-state={hue}>
        <Icon sx={{ fontSize: 14, flex: 'none', marginTop: '2px' }} />
        {campaign.state === 'scheduled' && time && <span className="num">{time}</span>}
        <span className="cut" dir="auto">
          {campaign.name}
        </span>
        <span className="hidden">{translate(`state.campaign.${look}`)}</span>
      </Link>
    </li>
  );
}
