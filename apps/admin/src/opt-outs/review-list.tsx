import { useState } from 'react';
import { useTranslate, useLocale } from 'react-admin';
import { Link } from 'react-router-dom';
import { ActButton } from '../parts/act-button';
import { DecisionDialog } from '../parts/decision-dialog';
import { ListPage } from '../parts/list';
import { Words } from '../parts/person-text';
import { RefusalText } from '../parts/refused';
import { StateChip } from '../parts/state-chip';
import { Phone, Time } from '../parts/values';
import { useAct } from '../providers/acts';
import type { components } from '../providers/api-types';
import { api, ok } from '../providers/client';
import { useMayManageContacts } from '../contacts/contacts';
import { OptOutTabs } from './opt-out-tabs';
import { languageName } from './language-name';
import '../contacts/people.css';
import '../parts/records.css';

type Review = components['schemas']['OptOutReview'];

/** Messages that may be opt-outs, for a person to decide. */
export function ReviewList() {
  const translate = useTranslate();
  const locale = useLocale();
  const may = useMayManageContacts();
  const [open, setOpen] = useState<Review | null>(null);
  const say = (key: string): string => translate(`opt_outs.review.${key}`);
  return (
    <ListPage<Review>
      resource="reviews"
      title={translate('menu.suppressions')}
      above={
        <>
          <OptOutTabs />
          <p className="text lead">{say('lead')}</p>
        </>
      }
      filters={[
        {
          source: 'state',
          label: say('state'),
          choices: (['open', 'confirmed', 'dismissed'] as const).map((value) => ({ value, label: translate(`state.review.${value}`) })),
        },
        { source: 'contact_id', label: say('contact_id') },
      ]}
      columns={[
        { key: 'text', label: say('text'), render: ({ text }) => <Words className="clamp">{text}</Words> },
        {
          key: 'keyword',
          label: say('keyword'),
          render: ({ keyword, language }) => (
            <span className="row">
              <Words className="word-tag">{keyword}</Words>
              <span className="small mute">{languageName(language, locale)}</span>
            </span>
          ),
        },
        {
          key: 'who',
          label: say('who'),
          render: ({ contact_id, address }) => (
            <Link className="linked" to={`/contacts/${contact_id}`}>
              <Phone value={address} />
            </Link>
          ),
        },
        { key: 'at', label: say('at'), render: ({ heard_at }) => <Time at={heard_at} />, narrowHide: true },
        {
          key: 'state',
          label: say('state'),
          render: (review) =>
            review.state === 'open' ? (
              <Acts review={review} may={may} onConfirm={() => setOpen(review)} />
            ) : (
              <span className="row">
                <StateChip kind="review" state={review.state} />
                {review.decided_by && <Words className="small mute cut">{review.decided_by.name}</Words>}
              </span>
            ),
        },
      ]}
      empty={{ title: say('empty'), text: say('empty_text') }}
    >
      {open && <ConfirmDialog review={open} onClose={() => setOpen(null)} />}
    </ListPage>
  );
}

function useReviewAct() {
  return useAct(['reviews'], ['contacts'], ['contact'], ['suppressions']);
}

function Acts({ review, may, onConfirm }: { review: Review; may: boolean | undefined; onConfirm: () => void }) {
  const translate = useTranslate();
  const act = useReviewAct();
  const off = may === false ? translate('contacts.may_not') : undefined;
  return (
    <span className="row acts-two">
      <ActButton variant="contained" off={off} reason="tip" onClick={onConfirm}>
        {translate('opt_outs.review.confirm')}
      </ActButton>
      <ActButton
        variant="outlined"
        off={off}
        reason="tip"
        busy={act.isPending}
        onClick={() => act.mutate(() => ok(api.POST('/v1/opt-out-reviews/{id}/dismiss', { params: { path: { id: review.id } } })))}
      >
        {translate('opt_outs.review.dismiss')}
      </ActButton>
      {act.error && (
        <span className="field-error" role="alert">
          <RefusalText error={act.error} />
        </span>
      )}
    </span>
  );
}

/** Says what follows when a message counts as an opt-out, and asks. */
function ConfirmDialog({ review, onClose }: { review: Review; onClose: () => void }) {
  const translate = useTranslate();
  const act = useReviewAct();
  const say = (key: string): string => translate(`opt_outs.review.${key}`);
  return (
    <DecisionDialog
      title={say('confirm_title')}
      button={say('confirm')}
      back={translate('contacts.cancel')}
      act={act}
      onClose={onClose}
      onDo={() =>
        act.mutate(() => ok(api.POST('/v1/opt-out-reviews/{id}/confirm', { params: { path: { id: review.id } } })), { onSuccess: onClose })
      }
    >
      <blockquote className="quote">
        <Words>{review.text}</Words>
      </blockquote>
      <ul className="follows">
        <li>{say('follows_all')}</li>
        <li>{say('follows_queued')}</li>
        <li>{say('follows_record')}</li>
        <li>{say('follows_answer')}</li>
      </ul>
    </DecisionDialog>
  );
}
