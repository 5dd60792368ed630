import { Button, TextField } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link, useNavigate, useParams } from 'react-router-dom';
import { ActButton } from '../parts/act-button';
import { DecisionDialog } from '../parts/decision-dialog';
import { MoreMenu } from '../parts/more-menu';
import { NeedsClient } from '../parts/needs-client';
import { type Edited, ifMatch, NewerVersion, useEdited } from '../parts/opened';
import { Card, Failed, Page, PendingPage, Skeleton } from '../parts/page';
import { useUnsaved } from '../parts/unsaved';
import { Refused } from '../parts/refused';
import { Id, Time } from '../parts/values';
import { type Tagged, tagged, useAct } from '../providers/acts';
import { api, type ApiError, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { PeopleUses } from './people-uses';
import { RuleBuilder } from './rule-builder';
import { SegmentReach } from './segment-reach';
import {
  emptyTree,
  isComplete,
  rulesOf,
  type Segment,
  segmentKey,
  type Tree,
  treeOf,
  useMayManagePeople,
  useSegmentFields,
} from './segments';
import '../parts/records.css';
import '../contacts/people.css';

/** One segment, or a new one: rules, who matches, what uses it. */
export function SegmentPage() {
  const translate = useTranslate();
  const { id } = useParams();
  return <NeedsClient title={translate('menu.segments')}>{id ? <Read key={id} id={id} /> : <Editor key="new" />}</NeedsClient>;
}

interface Draft {
  name: string;
  description: string;
  tree: Tree;
}

const emptyDraft: Draft = { name: '', description: '', tree: emptyTree };
const draftOf = ({ name, description, tree }: Segment): Draft => ({
  name,
  description: description ?? '',
  tree: treeOf(tree),
});

const crumbs = (label: string) => [{ to: '/segments', label }];

function Read({ id }: { id: string }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const queryKey = [...segmentKey, tenant, id];
  const { data, error, refetch } = useQuery<Tagged<Segment>, ApiError>({
    queryKey,
    queryFn: ({ signal }) => tagged(api.GET('/v1/segments/{id}', { params: { path: { id } }, signal })),
  });
  const edited = useEdited(data, queryKey, draftOf);
  if (edited) return <Editor edited={edited} />;
  return (
    <PendingPage
      title={translate('menu.segments')}
      crumbs={crumbs(translate('menu.segments'))}
      error={error}
      retry={() => void refetch()}
    />
  );
}

/** @param edited the segment that is edited; none: it is new */
function Editor({ edited }: { edited?: Edited<Segment, Draft> }) {
  const translate = useTranslate();
  const navigate = useNavigate();
  const form = useId();
  const may = useMayManagePeople();
  const fields = useSegmentFields();
  const act = useAct(segmentKey, ['names'], ['contact_lists']);
  const segment = edited?.newest.value;
  const [newDraft, setNewDraft] = useState(emptyDraft);
  const letGo = useUnsaved(newDraft !== emptyDraft);
  const draft = edited?.draft ?? newDraft;
  const { name, description, tree } = draft;
  const change = (patch: Partial<Draft>): void => (edited?.change ?? setNewDraft)({ ...draft, ...patch });
  const [fault, setFault] = useState<string | null>(null);
  const [isRemoving, setRemoving] = useState(false);
  const byName = new Map(fields.data?.map((field) => [field.name, field]));
  const isWhole = !!fields.data && rulesOf(tree).every((rule) => isComplete(rule, byName.get(rule.field)));
  const off = may === false ? translate('segments.may_not') : undefined;
  const save = (event: FormEvent): void => {
    event.preventDefault();
    if (act.isPending || off) return;
    if (!name.trim()) return setFault(translate('segments.name_needed'));
    if (!isWhole) return setFault(translate('segments.reach.incomplete'));
    setFault(null);
    const body = { name: name.trim(), description: description.trim() || null, tree } as never;
    if (segment)
      return act.mutate(async () => {
        const of = { params: { path: { id: segment.id }, header: edited.header } };
        edited.saved(await tagged(api.PATCH('/v1/segments/{id}', { ...of, body })), draft);
      });
    act.mutate(async () => {
      const made = await ok(api.POST('/v1/segments', { body }));
      letGo();
      void navigate(`/segments/${made.id}`, { replace: true });
    });
  };
  const makeList = (): void =>
    act.mutate(async () => {
      const list = await ok(api.POST('/v1/contact-lists', { body: { name: name.trim(), description: null } }));
      await ok(api.POST('/v1/contact-lists/{id}/members', { params: { path: { id: list.id } }, body: { tree } as never }));
      void navigate(`/lists/${list.id}`);
    });
  const title = segment?.name ?? translate('segments.add');
  return (
    <Page
      title={title}
      crumbs={crumbs(translate('menu.segments'))}
      {...(segment && { note: translate('segments.version', { version: segment.version }) })}
      acts={
        <>
          {segment && (
            <Button
              variant="outlined"
              component={Link}
              to={`/contacts?filter=${encodeURIComponent(JSON.stringify({ segment_id: segment.id }))}`}
            >
              {translate('segments.see_contacts')}
            </Button>
          )}
          <ActButton variant="contained" type="submit" form={form} off={off} busy={act.isPending && translate('frame.saving')}>
            {translate(segment ? 'segments.save' : 'segments.create')}
          </ActButton>
          {segment && (
            <MoreMenu
              acts={[
                { key: 'list', label: translate('segments.make_list'), off, onDo: makeList },
                { key: 'remove', label: translate('segments.remove.open'), off, danger: true, onDo: () => setRemoving(true) },
              ]}
            />
          )}
        </>
      }
    >
      {edited?.isBehind && !act.isPending ? (
        <NewerVersion edited={edited} onChoice={act.reset} />
      ) : (
        !isRemoving && <Refused error={act.error} />
      )}
      <div className="two-one">
        <form id={form} className="stack" onSubmit={save} noValidate>
          <Card title={translate('segments.rules')} note={translate('segments.rules_note')}>
            <div className="stack">
              {off && <p className="text soft">{off}</p>}
              {fields.data && (
                <RuleBuilder
                  key={edited?.round}
                  fields={fields.data}
                  tree={tree}
                  isOff={may === false}
                  onChange={(next) => change({ tree: next })}
                />
              )}
              {fields.error && <Failed error={fields.error} retry={() => void fields.refetch()} />}
              {fields.isPending && <Skeleton rows={3} />}
              {fault && (
                <div className="field-error" role="alert">
                  {fault}
                </div>
              )}
            </div>
          </Card>
          <Card title={translate('segments.about')}>
            <div className="form">
              <TextField
                label={translate('segments.name')}
                value={name}
                onChange={(event) => change({ name: event.target.value })}
                slotProps={{ input: { readOnly: may === false }, htmlInput: { maxLength: 200, dir: 'auto' } }}
              />
              <TextField
                label={translate('segments.description')}
                value={description}
                onChange={(event) => change({ description: event.target.value })}
                multiline
                slotProps={{ input: { readOnly: may === false }, htmlInput: { maxLength: 1_000, dir: 'auto' } }}
              />
            </div>
          </Card>
        </form>
        <div className="stack">
          {fields.data && <SegmentReach tree={isWhole ? tree : null} />}
          {segment && <PeopleUses kind="segment" id={segment.id} />}
        </div>
      </div>
      {segment && (
        <p className="small mute row" style={{ marginTop: 16 }}>
          {translate('segments.changed')} <Time at={segment.updated_at} /> {segment.updated_by.name} <Id value={segment.id} short />
        </p>
      )}
      {isRemoving && segment && (
        <DecisionDialog
          title={translate('segments.remove.title', { name: segment.name })}
          button={translate('segments.remove.do')}
          back={translate('segments.remove.keep')}
          isDanger
          act={act}
          onClose={() => setRemoving(false)}
          onDo={() => {
            const of = { params: { path: { id: segment.id }, header: ifMatch(edited?.newest.tag) } };
            act.mutate(() => ok(api.DELETE('/v1/segments/{id}', of)), { onSuccess: () => void navigate('/segments') });
          }}
        >
          <p className="text">{translate('segments.remove.text')}</p>
        </DecisionDialog>
      )}
    </Page>
  );
}
