import type { ReactNode } from 'react';
import { useTranslate } from 'react-admin';
import { Dash, Time } from '../parts/values';
import { browserOf, type OpenSignIn } from './people';

/** Open sign-ins: browser, address, since when. `act` ends one. */
export function SignInTable({ signIns, act }: { signIns: OpenSignIn[]; act?: (signIn: OpenSignIn) => ReactNode }) {
  const translate = useTranslate();
  const say = (key: string): string => translate(`staff.sign_ins.${key}`);
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">{say('browser')}</th>
          <th scope="col" className="narrow-hide">
            {say('address')}
          </th>
          <th scope="col" className="end narrow-hide">
            {say('since')}
          </th>
          <th scope="col" className="end">
            {say('ends')}
          </th>
          {act && (
            <th scope="col" className="end">
              <span className="hidden">{translate('list.acts')}</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {signIns.map((signIn) => (
          <tr key={signIn.id}>
            <td className="name">
              <Browser signIn={signIn} />
            </td>
            <td className="narrow-hide">{signIn.address ? <bdi dir="ltr">{signIn.address}</bdi> : <Dash />}</td>
            <td className="end narrow-hide">
              <Time at={signIn.created_at} />
            </td>
            <td className="end">
              <Time at={signIn.expires_at} />
            </td>
            {act && <td className="end">{act(signIn)}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Browser({ signIn }: { signIn: OpenSignIn }) {
  const translate = useTranslate();
  const { browser, system } = browserOf(signIn.user_agent);
  return (
    <>
      {browser === null
        ? translate('staff.sign_ins.unknown')
        : system === null
          ? browser
          : translate('staff.sign_ins.on', { browser, system })}
      {signIn.current && <span className="small mute"> · {translate('staff.sign_ins.this_one')}</span>}
    </>
  );
}
