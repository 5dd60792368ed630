import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { Card, Skeleton } from '../parts/page';
import { PersonName } from '../parts/person-text';
import { Refused } from '../parts/refused';
import { useSettled } from '../parts/use-settled';
import { Phone } from '../parts/values';
import { type Tree, useSegmentCount } from './segments';

const reasons = ['no_address', 'bad_number', 'opted_out', 'suppressed', 'no_consent'] as const;
const typingMs = 400;

/** Number of contacts that match, those of them who cannot be reached and why, and some of them. `tree` null: the rules are not complete. */
export function SegmentReach({ tree }: { tree: Tree | null }) {
  const translate = useTranslate();
  const format = useFormat();
  const asked = useSettled(tree, typingMs);
  const { data: counted, error, isFetching } = useSegmentCount(asked);
  const data = tree === null ? undefined : counted;
  const isOld = isFetching || JSON.stringify(asked) !== JSON.stringify(tree);
  return (
    <Card title={translate('segments.reach.title')}>
      <div className="stack" aria-live="polite" aria-busy={isOld}>
        {tree === null && <p className="text">{translate('segments.reach.incomplete')}</p>}
        <Refused error={tree === null ? null : error} />
        {!data && tree !== null && !error && <Skeleton rows={3} />}
        {data && (
          <>
            <div className={`reach${isOld ? ' old' : ''}`}>
              <span className="figure">{format.number(data.count)}</span>
              <span className="small mute">{translate('segments.reach.match', { smart_count: data.count })}</span>
            </div>
            <ul className={`left-out${isOld ? ' old' : ''}`}>
              {reasons.map((reason) => (
                <li key={reason}>
                  <span>{translate(`segments.reach.${reason}`)}</span>
                  <span className="num">{format.number(data.left_out[reason])}</span>
                </li>
              ))}
              <li className="sum">
                <span>{translate('segments.reach.reachable')}</span>
                <span className="num">{format.number(data.reachable)}</span>
              </li>
            </ul>
            {data.samples.length > 0 && (
              <div>
                <h3 className="small mute">{translate('segments.reach.samples')}</h3>
                <ul className="samples">
                  {data.samples.map(({ id, name, addresses }) => (
                    <li key={id}>
                      <Link className="plain" to={`/contacts/${id}`}>
                        <PersonName name={name} address={addresses[0]} />
                      </Link>
                      {name && addresses[0]?.startsWith('+') && (
                        <span className="mute">
                          <Phone value={addresses[0]} />
                        </span>
                      )}
                    </li>
                  ))}
                </ul>
              </div>
            )}
          </>
        )}
      </div>
    </Card>
  );
}
