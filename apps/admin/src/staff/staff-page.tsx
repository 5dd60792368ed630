import '../parts/access.css';
import BlockOutlined from '@mui/icons-material/BlockOutlined';
import KeyOffOutlined from '@mui/icons-material/KeyOffOutlined';
import ScheduleOutlined from '@mui/icons-material/ScheduleOutlined';
import { Button } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link, useParams } from 'react-router-dom';
import { AuditLinks } from '../audit/audit-links';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { DecisionDialog } from '../parts/decision-dialog';
import { FormDrawer } from '../parts/form-drawer';
import { useOpened } from '../parts/opened';
import { Card, Facts, Failed, Note, Page, PendingPage, Skeleton } from '../parts/page';
import { Refused } from '../parts/refused';
import { StateChip } from '../parts/state-chip';
import { Id, Time } from '../parts/values';
import { api, ok } from '../providers/client';
import { useFaults } from '../providers/field-faults';
import { type Me, mayDoAnywhere, useMe } from '../providers/me';
import { GrantsField, useGrantWords } from './grants-field';
import { PasswordLinkDialog } from './password-link';
import { type PasswordLink, type Person, personState, useMayManagePeople, usePeopleAct, usePerson, useSignInsOf } from './people';
import { SignInTable } from './sign-in-table';

/** A person of the agency: roles, second factor, open sign-ins. */
export function StaffPage() {
  const translate = useTranslate();
  const { id = '' } = useParams();
  const me = useMe();
  const { data, error, refetch } = usePerson(id);
  const crumbs = [{ to: '/staff', label: translate('staff.title') }];
  if (!data || !me) return <PendingPage title={translate('staff.name')} crumbs={crumbs} error={error} retry={() => void refetch()} />;
  return <Known key={id} person={data.value} tag={data.tag} me={me} crumbs={crumbs} />;
}

type Open = 'grants' | 'disable' | 'end' | { link: PasswordLink } | null;

function Known({ person, tag, me, crumbs }: { person: Person; tag: string | null; me: Me; crumbs: { to: string; label: string }[] }) {
  const translate = useTranslate();
  const format = useFormat();
  const words = useGrantWords();
  const act = usePeopleAct();
  const linking = usePeopleAct();
  const signIns = useSignInsOf(person.id);
  const mayManage = useMayManagePeople();
  const [open, setOpen] = useState<Open>(null);
  const close = (): void => setOpen(null);
  const off = mayManage === false ? translate('staff.may_not') : null;
  const state = personState(person);
  const path = { params: { path: { id: person.id } } };
  const enable = (): void => act.mutate(() => ok(api.PATCH('/admin/v1/staff/{id}', { ...path, body: { disabled: false } })));
  const makeLink = (): void =>
    linking.mutate(async () => setOpen({ link: await ok(api.POST('/admin/v1/staff/{id}/password-link', path)) }));
  return (
    <Page
      title={person.name}
      crumbs={crumbs}
      beside={
        <>
          <bdi dir="ltr" className="soft">
            {person.email}
          </bdi>
          <StateChip kind="person" state={state} big />
        </>
      }
      acts={
        state !== 'disabled' && (
          <>
            <ActButton variant="outlined" off={off} busy={linking.isPending && translate('staff.making_link')} onClick={makeLink}>
              {translate(state === 'invited' ? 'staff.renew_invite' : 'staff.make_link')}
            </ActButton>
            {person.id !== me.id && !off && (
              <Button variant="outlined" color="error" onClick={() => setOpen('disable')}>
                {translate('staff.disable')}
              </Button>
            )}
          </>
        )
      }
    >
      {person.guessed_at && <Guessed person={person} guessedAt={person.guessed_at} off={off} />}
      {(act.error ?? linking.error) && <Refused error={act.error ?? linking.error} />}
      {person.disabled_at ? (
        <Note
          icon={BlockOutlined}
          title={translate('staff.disabled_note', { name: person.name, time: format.when(new Date(person.disabled_at)) })}
          acts={
            <ActButton variant="outlined" off={off} busy={act.isPending && translate('frame.saving')} onClick={enable}>
              {translate('staff.enable')}
            </ActButton>
          }
        >
          {translate('staff.disabled_text')}
        </Note>
      ) : state === 'invited' ? (
        <Note icon={ScheduleOutlined} title={translate('staff.invited_note', { name: person.name })}>
          {translate('staff.invited_text')}
        </Note>
      ) : (
        person.id === me.id && (
          <Note
            icon={ScheduleOutlined}
            title={translate('staff.yourself')}
            acts={
              <Button variant="outlined" component={Link} to="/account">
                {translate('staff.own_account')}
              </Button>
            }
          />
        )
      )}
      <div className="two-one">
        <div className="stack">
          <Card
            title={translate('staff.card.grants')}
            acts={
              !off && (
                <Button variant="text" sx={{ my: '-4px' }} onClick={() => setOpen('grants')}>
                  {translate('staff.change_grants')}
                </Button>
              )
            }
          >
            <ul className="rights">
              {person.grants.map((grant) => (
                <li key={`${grant.role} ${grant.tenant_id}`}>
                  <b className="strong">{words(grant)}</b>
                  <div className="small mute">{translate(`staff.role_text.${grant.role}`)}</div>
                </li>
              ))}
            </ul>
          </Card>
          <Card
            title={translate('staff.card.sign_ins')}
            pad={!signIns.data?.length}
            acts={
              !off &&
              !!signIns.data?.length && (
                <Button variant="text" sx={{ my: '-4px' }} onClick={() => setOpen('end')}>
                  {translate('staff.sign_ins.end_all')}
                </Button>
              )
            }
          >
            {signIns.error ? (
              <Failed error={signIns.error} retry={() => void signIns.refetch()} />
            ) : !signIns.data ? (
              <Skeleton rows={2} />
            ) : signIns.data.length === 0 ? (
              <p className="text">{translate('staff.sign_ins.none')}</p>
            ) : (
              <SignInTable signIns={signIns.data} />
            )}
          </Card>
        </div>
        <div className="stack">
          <Card title={translate('staff.card.facts')}>
            <Facts
              rows={[
                [
                  translate('staff.second_factor'),
                  <span key="factor">
                    <StateChip kind="second_factor" state={person.has_totp ? 'on' : 'off'} bare />
                    {!person.has_totp && person.is_ready && <div className="small mute">{translate('staff.no_totp')}</div>}
                  </span>,
                ],
                [
                  translate('staff.last_seen'),
                  person.last_seen_at ? <Time key="seen" at={person.last_seen_at} /> : translate('staff.never_seen'),
                ],
                [translate('staff.joined'), <Time key="joined" at={person.created_at} />],
                [translate('staff.disabled_at'), person.disabled_at ? <Time key="disabled" at={person.disabled_at} /> : null],
                [translate('staff.id'), <Id key="id" value={person.id} short />],
                [
                  translate('audit.title'),
                  mayDoAnywhere(me, 'audit:read') ? (
                    <AuditLinks key="audit" kind="person" id={person.id} by={person.name} everywhere />
                  ) : null,
                ],
              ]}
            />
          </Card>
        </div>
      </div>
      {open === 'grants' && <GrantsDrawer person={person} tag={tag} me={me} onClose={close} />}
      {open === 'disable' && <EndDialog person={person} kind="disable" onClose={close} />}
      {open === 'end' && <EndDialog person={person} kind="end" onClose={close} />}
      {open !== null && typeof open === 'object' && <PasswordLinkDialog link={open.link} onClose={close} />}
    </Page>
  );
}

/** Tells that somebody guesses the password, until a person acknowledges it. */
function Guessed({ person, guessedAt, off }: { person: Person; guessedAt: string; off: string | null }) {
  const translate = useTranslate();
  const act = usePeopleAct();
  const acknowledge = (): void =>
    act.mutate(() =>
      ok(
        api.POST('/admin/v1/staff/{id}/acknowledge-guesses', {
          params: { path: { id: person.id } },
          body: { guessed_at: guessedAt },
        }),
      ),
    );
  return (
    <>
      <Note
        state="failed"
        icon={KeyOffOutlined}
        title={translate('alerts.account_guessed.title', { name: person.name })}
        acts={
          <ActButton variant="outlined" off={off} busy={act.isPending && translate('frame.saving')} onClick={acknowledge}>
            {translate('staff.acknowledge')}
          </ActButton>
        }
      >
        {translate('alerts.account_guessed.text')} <Time at={guessedAt} />. {translate('staff.acknowledge_text')}
      </Note>
      <Refused error={act.error} />
    </>
  );
}

function GrantsDrawer({ person: newest, tag, me, onClose }: { person: Person; tag: string | null; me: Me; onClose: () => void }) {
  const translate = useTranslate();
  const { value: person, header } = useOpened(newest, tag);
  const act = usePeopleAct();
  const [grants, setGrants] = useState(person.grants);
  const faults = useFaults(act.error);
  return (
    <FormDrawer
      title={translate('staff.change_grants')}
      button={translate('staff.save_grants')}
      act={act}
      onClose={onClose}
      onDo={() =>
        act.mutate(() => ok(api.PATCH('/admin/v1/staff/{id}', { params: { path: { id: person.id }, header }, body: { grants } })), {
          onSuccess: onClose,
        })
      }
    >
      {act.error?.status === 412 && <p className="text">{translate('form.changed')}</p>}
      <GrantsField me={me} grants={grants} onChange={setGrants} fault={faults.grants} />
    </FormDrawer>
  );
}

function EndDialog({ person, kind, onClose }: { person: Person; kind: 'disable' | 'end'; onClose: () => void }) {
  const translate = useTranslate();
  const act = usePeopleAct();
  const say = (key: string): string => translate(`staff.${kind}_form.${key}`, { name: person.name });
  const path = { params: { path: { id: person.id } } };
  return (
    <DecisionDialog
      title={say('title')}
      button={say('do')}
      back={say('keep')}
      isDanger
      act={act}
      onClose={onClose}
      onDo={() =>
        act.mutate(
          () =>
            kind === 'disable'
              ? ok(api.PATCH('/admin/v1/staff/{id}', { ...path, body: { disabled: true } }))
              : ok(api.DELETE('/admin/v1/staff/{id}/sign-ins', path)),
          { onSuccess: onClose },
        )
      }
    >
      <p className="text">{say('text')}</p>
    </DecisionDialog>
  );
}
