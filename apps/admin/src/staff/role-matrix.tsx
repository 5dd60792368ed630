import '../parts/access.css';
import CheckOutlined from '@mui/icons-material/CheckOutlined';
import { useQuery } from '@tanstack/react-query';
import { Fragment } from 'react';
import { useTranslate } from 'react-admin';
import { Failed, Skeleton } from '../parts/page';
import { api, ok } from '../providers/client';
import { groupOf, permissionGroups, wordsOf } from '../providers/permissions';

/** Rights of each role, as the API has them. To send stands apart from to edit. */
export function RoleMatrix() {
  const translate = useTranslate();
  const { data, error, refetch } = useQuery({ queryKey: ['roles'], queryFn: () => ok(api.GET('/admin/v1/roles')), staleTime: Infinity });
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton />;
  return (
    <>
      <p className="text" style={{ maxWidth: 760, marginBottom: 12 }}>
        {translate('staff.matrix.text')}
      </p>
      {/* Focusable, so that the keyboard can scroll it. */}
      <div className="table-box scroll-x" tabIndex={0} role="region" aria-label={translate('staff.roles')}>
        <table className="table matrix">
          <thead>
            <tr>
              <th scope="col">{translate('staff.matrix.right')}</th>
              {data.roles.map(({ role }) => (
                <th key={role} scope="col">
                  {translate(`staff.role.${role}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {permissionGroups.map((group) => (
              <Fragment key={group}>
                <tr className="group">
                  <th scope="rowgroup" colSpan={data.roles.length + 1}>
                    {translate(`permission_group.${group}`)}
                  </th>
                </tr>
                {data.permissions
                  .filter((permission) => groupOf(permission) === group)
                  .map((permission) => (
                    <tr key={permission}>
                      <th scope="row">
                        {translate(wordsOf(permission))} <span className="mono mute nowrap">{permission}</span>
                      </th>
                      {data.roles.map(({ role, permissions }) => {
                        const isGiven = permissions.includes(permission);
                        return (
                          <td key={role} className={isGiven ? 'given' : undefined}>
                            {isGiven ? <CheckOutlined /> : <span aria-hidden="true">·</span>}
                            <span className="hidden">{translate(isGiven ? 'staff.matrix.yes' : 'staff.matrix.no')}</span>
                            <span className="role" aria-hidden="true">
                              {translate(`staff.role.${role}`)}
                            </span>
                          </td>
                        );
                      })}
                    </tr>
                  ))}
              </Fragment>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
