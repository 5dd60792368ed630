import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { Card, Failed } from '../parts/page';
import { Words } from '../parts/person-text';
import { api, type ApiError, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';
import type { components } from '../providers/api-types';

type Use = components['schemas']['PeopleUse'];

/** Campaigns and segments that use a list or a segment. */
export function PeopleUses({ kind, id }: { kind: 'list' | 'segment'; id: string }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const path = kind === 'list' ? '/v1/contact-lists/{id}/uses' : '/v1/segments/{id}/uses';
  const { data, error, refetch } = useQuery<Use[], ApiError>({
    queryKey: ['uses', tenant, kind, id],
    queryFn: async ({ signal }) => (await ok(api.GET(path as '/v1/segments/{id}/uses', { params: { path: { id } }, signal }))).data,
  });
  return (
    <Card title={translate('segments.uses.title')}>
      {error && <Failed error={error} retry={() => void refetch()} />}
      {data?.length === 0 && <p className="text">{translate('segments.uses.none')}</p>}
      {data && data.length > 0 && (
        <ul className="samples">
          {data.map((use) => (
            <li key={`${use.kind}/${use.id}`}>
              <Link className="plain" to={use.kind === 'segment' ? `/segments/${use.id}` : `/campaigns/${use.id}`}>
                <Words className="person cut">{use.name}</Words>
              </Link>
              <span className="small mute nowrap">
                {translate(use.kind === 'segment' ? 'segments.uses.segment' : `segments.uses.campaign_${use.state ?? 'draft'}`)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
