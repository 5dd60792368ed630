import '@fontsource-variable/jetbrains-mono';
import AddOutlined from '@mui/icons-material/AddOutlined';
import { Button, Tab, Tabs } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link, useSearchParams } from 'react-router-dom';
import { useCallbackTypes } from '../endpoints/endpoints';
import { type EventType, useEventTypes, useRules } from '../events/events';
import { ActButton } from '../parts/act-button';
import { CodeBlock } from '../parts/code-block';
import { pretty } from '../parts/json-text';
import { NeedsClient } from '../parts/needs-client';
import { Card, Empty, Page } from '../parts/page';
import { Dash, Time } from '../parts/values';
import { WholeList } from '../parts/whole-list';
import { useMay } from '../providers/acts';
import { TypeDrawer } from './type-drawer';
import '../parts/records.css';

/** The catalogue: types of events that a client sends, and types of callbacks that it gets. */
export function EventTypesPage() {
  const translate = useTranslate();
  return (
    <NeedsClient title={translate('event_types.title')}>
      <Catalogue />
    </NeedsClient>
  );
}

function Catalogue() {
  const translate = useTranslate();
  const mayManage = useMay('events:manage');
  const [search, setSearch] = useSearchParams();
  const tab = search.get('tab') === 'out' ? 'out' : 'in';
  const edited = search.get('edit');
  const query = useEventTypes();
  const { data: rules = [] } = useRules();
  const open = (name: string): void => setSearch({ edit: name });
  const add = (
    <ActButton
      variant="contained"
      startIcon={<AddOutlined />}
      off={mayManage === false ? translate('event_types.may_not') : undefined}
      onClick={() => open('')}
    >
      {translate('event_types.add')}
    </ActButton>
  );
  return (
    <Page title={translate('event_types.title')} acts={tab === 'in' && add}>
      <Tabs
        value={tab}
        onChange={(_event, to: string) => setSearch(to === 'in' ? {} : { tab: to }, { replace: true })}
        aria-label={translate('event_types.title')}
        sx={{ marginBottom: 2 }}
      >
        <Tab value="in" label={translate('event_types.in')} disableRipple />
        <Tab value="out" label={translate('event_types.out')} disableRipple />
      </Tabs>
      {tab === 'in' ? (
        <WholeList<EventType & { id: string }>
          query={{ ...query, data: query.data?.map((type) => ({ ...type, id: type.name })) } as never}
          linkOf={({ name }) => `/event-types?edit=${encodeURIComponent(name)}`}
          columns={[
            { key: 'name', label: translate('event_types.name'), render: ({ name }) => <span className="mono">{name}</span> },
            {
              key: 'description',
              label: translate('event_types.description'),
              render: ({ description }) => (description ? <span dir="auto">{description}</span> : <Dash />),
              narrowHide: true,
            },
            {
              key: 'rules',
              label: translate('event_types.rules'),
              render: ({ name }) => {
                const used = rules.filter(({ event }) => event === name).length;
                return used > 0 ? (
                  translate('event_types.rule_count', { smart_count: used })
                ) : (
                  <Link className="linked" to={`/rules/new?event=${encodeURIComponent(name)}`}>
                    {translate('event_types.no_rules')}
                  </Link>
                );
              },
            },
            {
              key: 'updated',
              label: translate('event_types.updated'),
              render: ({ updated_at }) => <Time at={updated_at} />,
              end: true,
              low: true,
            },
          ]}
          empty={{ title: translate('event_types.empty'), text: translate('event_types.empty_text'), acts: add }}
        />
      ) : (
        <Callbacks />
      )}
      {edited !== null && tab === 'in' && query.data && (
        <TypeDrawer
          key={edited}
          name={edited}
          type={query.data.find(({ name }) => name === edited)}
          onClose={() => setSearch({}, { replace: true })}
        />
      )}
    </Page>
  );
}

/** Types of callbacks, each with an example body and the schema of its data. */
function Callbacks() {
  const translate = useTranslate();
  const mayRead = useMay('callbacks:read');
  const types = useCallbackTypes();
  const [open, setOpen] = useState<string | null>(null);
  if (mayRead === false)
    return (
      <div className="table-box">
        <Empty title={translate('failed.forbidden')}>{translate('event_types.no_callbacks')}</Empty>
      </div>
    );
  return (
    <Card title={translate('event_types.out')} note={translate('event_types.out_note')} pad={false}>
      <ul className="lines" style={{ listStyle: 'none', margin: 0, padding: 0 }}>
        {types.map(({ type, summary, example, schema }) => {
          const isOpen = open === type;
          return (
            <li key={type} style={{ flexWrap: 'wrap' }}>
              <span className="mono strong" style={{ minWidth: 190 }}>
                {type}
              </span>
              <span className="soft">{summary}</span>
              <span className="grow" />
              <Button
                variant="text"
                aria-expanded={isOpen}
                aria-label={translate(isOpen ? 'event_types.hide_of' : 'event_types.show_of', { type })}
                onClick={() => setOpen(isOpen ? null : type)}
              >
                {translate(isOpen ? 'event_types.hide' : 'event_types.show')}
              </Button>
              {isOpen && (
                <div className="wide-form" style={{ flexBasis: '100%', minWidth: 0, gap: 8 }}>
                  <b className="small">{translate('event_types.example_body')}</b>
                  <CodeBlock text={pretty(example)} name={translate('event_types.example_of', { type })} />
                  <b className="small">{translate('event_types.data_schema')}</b>
                  <CodeBlock text={pretty(schema)} name={translate('event_types.schema_of', { type })} />
                </div>
              )}
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
