import './first-run.css';
import CheckOutlined from '@mui/icons-material/CheckOutlined';
import { Button } from '@mui/material';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { Card, Note } from '../parts/page';
import { Id } from '../parts/values';
import { useMe } from '../providers/me';
import { dismissFirstRun, useFirstRunGone } from './dismissed';
import { type FirstRun, useFirstRun } from './first-run-data';
import { ClientStep, EndpointStep, MessageStep, NumberStep } from './step-forms';
import { isFinished, type Step, stepsOf } from './steps';

/**
 * The guide to the first message: client, number, test message, endpoint. Each step ticks itself from the data, and the one for now can
 * be done in place. Nothing is shown once all of it is done, or once it was hidden.
 */
export function FirstRunCard() {
  const translate = useTranslate();
  const me = useMe();
  const isGone = useFirstRunGone();
  const { data } = useFirstRun(!isGone);
  const steps = data && stepsOf(data);
  // The secret of a new endpoint is shown once: the guide stays until the person has it.
  const [secret, setSecret] = useState<string | null>(null);
  const isDone = !!steps && isFinished(steps) && secret === null;
  useEffect(() => {
    if (isDone) dismissFirstRun();
  }, [isDone]);
  if (isGone || isDone || !data || !steps) return null;
  const done = steps.filter(({ state }) => state === 'done').length;
  return (
    <Card
      title={translate('first_run.title')}
      note={translate('first_run.done_of', { done, of: steps.length })}
      acts={
        <Button variant="text" sx={{ my: '-4px' }} aria-label={translate('first_run.hide_label')} onClick={dismissFirstRun}>
          {translate('first_run.hide')}
        </Button>
      }
      pad={false}
    >
      {me && (
        <p className="pad strong" dir="auto" style={{ margin: 0 }}>
          {translate('first_run.welcome', { name: me.name })}
        </p>
      )}
      <ol className="guide">
        {steps.map((step, at) => (
          <StepRow key={step.name} step={step} at={at} run={data} onSecret={setSecret} />
        ))}
      </ol>
      {secret !== null && (
        <div className="pad">
          <Note
            state="uncertain"
            title={translate('first_run.endpoint.secret')}
            acts={
              <Button variant="outlined" onClick={() => setSecret(null)}>
                {translate('first_run.endpoint.kept')}
              </Button>
            }
          >
            {translate('first_run.endpoint.secret_text')}
            <Id value={secret} />
          </Note>
        </div>
      )}
      {data.client && (
        <div className="pad" style={{ borderTop: '1px solid var(--border)' }}>
          <p className="text">
            {translate('first_run.people')}{' '}
            <Link className="linked" to={`/contacts/imports/new?client=${data.client.id}`}>
              {translate('first_run.bring_people')}
            </Link>
          </p>
        </div>
      )}
      {me?.has_simulator && (
        <div className="pad" style={{ borderTop: '1px solid var(--border)' }}>
          <p className="text">
            {translate('first_run.simulator')}{' '}
            <Link className="linked" to="/simulator">
              {translate('first_run.open_simulator')}
            </Link>
          </p>
        </div>
      )}
    </Card>
  );
}

function StepRow({
  step: { name, state },
  at,
  run,
  onSecret,
}: {
  step: Step;
  at: number;
  run: FirstRun;
  onSecret: (secret: string) => void;
}) {
  const translate = useTranslate();
  return (
    <li className={state} aria-current={state === 'now' ? 'step' : undefined}>
      <span className="tick">{state === 'done' ? <CheckOutlined aria-label={translate('first_run.step_done')} /> : at + 1}</span>
      <div>
        <h3>{translate(`first_run.${name}.title`)}</h3>
        {state === 'done' ? <Done name={name} run={run} /> : <StepBody name={name} run={run} isNow={state === 'now'} onSecret={onSecret} />}
      </div>
      {state === 'done' && (
        <Button variant="text" component={Link} to={pageOf(name, run)}>
          {translate('first_run.open')}
        </Button>
      )}
    </li>
  );
}

function pageOf(name: Step['name'], { number, client }: FirstRun): string {
  switch (name) {
    case 'client':
      return client ? `/clients/${client.id}` : '/clients';
    case 'number':
      return number ? `/numbers/${number.id}` : '/numbers';
    case 'message':
      return '/messages';
    case 'endpoint':
      return '/endpoints';
  }
}

function Done({ name, run: { client, number } }: { name: Step['name']; run: FirstRun }): ReactNode {
  const translate = useTranslate();
  const format = useFormat();
  if (name === 'client')
    return (
      <p>{translate('first_run.client.done', { name: client?.name, time: client ? format.when(new Date(client.created_at)) : '' })}</p>
    );
  if (name === 'number')
    return (
      <p>{translate(number?.status === 'connected' ? 'first_run.number.done' : 'first_run.number.done_lost', { name: number?.name })}</p>
    );
  return <p>{translate(`first_run.${name}.done`)}</p>;
}

function StepBody({
  name,
  run,
  isNow,
  onSecret,
}: {
  name: Step['name'];
  run: FirstRun;
  isNow: boolean;
  onSecret: (secret: string) => void;
}) {
  switch (name) {
    case 'client':
      return <ClientStep isNow={isNow} />;
    case 'number':
      return <NumberStep run={run} isNow={isNow} />;
    case 'message':
      return <MessageStep run={run} isNow={isNow} />;
    case 'endpoint':
      return <EndpointStep run={run} isNow={isNow} onSecret={onSecret} />;
  }
}
