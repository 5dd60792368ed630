import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'react-admin';
import { CodeBlock } from '../parts/code-block';
import { prettyText } from '../parts/json-text';
import { Card, Failed } from '../parts/page';
import { Time } from '../parts/values';
import type { components } from '../providers/api-types';
import { api, ok } from '../providers/client';

type Message = components['schemas']['Message'];
export type Hook = components['schemas']['MessageHooks']['data'][number];

/** Reads the kept hooks about a message, the newest last; anew with each state that they bring. */
export function useHooksOf({ id, state, calls }: Pick<Message, 'id' | 'state' | 'calls'>, tenant: string) {
  return useQuery({
    queryKey: ['messages', 'hooks', tenant, id, state],
    queryFn: async ({ signal }) => (await ok(api.GET('/v1/messages/{id}/hooks', { params: { path: { id } }, signal }))).data,
    enabled: calls.length > 0,
    retry: false,
  });
}

/** Id of the element that shows a hook, for links. */
export const placeOfHook = (id: string): string => `hook-${id}`;

/** Hooks of the provider about the message as they arrived. Nothing before its first call. */
export function MessageHooks({ message, tenant }: { message: Message; tenant: string }) {
  const translate = useTranslate();
  const { data, error, refetch } = useHooksOf(message, tenant);
  if (!data && error)
    return (
      <Card title={translate('message_page.hooks')} pad={false}>
        <Failed error={error} retry={() => void refetch()} />
      </Card>
    );
  if (!data) return null;
  return (
    <Card title={translate('message_page.hooks')} note={data.length > 0 ? translate('message_page.hooks_note') : undefined}>
      {data.length === 0 ? (
        <p className="text">{translate('message_page.no_hooks')}</p>
      ) : (
        data.map((hook) => <OneHook key={hook.id} hook={hook} />)
      )}
    </Card>
  );
}

function OneHook({ hook: { id, event, says, outcome, received_at: at, body } }: { hook: Hook }) {
  const translate = useTranslate();
  return (
    <details className="hook" id={placeOfHook(id)}>
      <summary>
        <span className="mono">{event ?? translate('message_page.unreadable_hook')}</span> {says.join(', ')}{' '}
        <span className="small mute">{outcome}</span> <Time at={at} precise />
      </summary>
      {body === null ? (
        <p className="text">
          {translate('deliveries.no_body')} {translate('deliveries.no_body_text')} <span className="mono mute">callbacks:bodies</span>
        </p>
      ) : (
        <CodeBlock text={prettyText(body)} name={translate('message_page.hook_body', { id })} />
      )}
    </details>
  );
}
