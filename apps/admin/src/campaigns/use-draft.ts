import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { Tagged } from '../providers/acts';
import { useTenant } from '../providers/tenant';
import { type Campaign, type CampaignDraft, campaignKey, isStale, readCampaign, updateCampaign } from './api';
import { Autosave, type SaveState } from './autosave';
import { draftOf, refusedOf } from './campaign-draft';

/** A draft that saves itself. */
export interface EditedDraft {
  draft: CampaignDraft;
  change: (patch: Partial<CampaignDraft>) => void;
  save: SaveState;
  /** Version that the API has: another one after each save. Null while something is unsaved. */
  revision: string | null;
  flush: () => Promise<boolean>;
  retry: () => void;
  /** Reads the campaign anew after somebody else changed it. `keep`: what is unsaved here is put on top. */
  reload: (keep: boolean) => Promise<void>;
}

/** Edits a campaign that is not launched: every change is saved by itself, with the tag of the version that was read. */
export function useDraft(start: Tagged<Campaign>): EditedDraft {
  const tenant = useTenant();
  const queries = useQueryClient();
  const { id } = start.value;
  const [draft, setDraft] = useState(() => draftOf(start.value));
  const [save, setSave] = useState<SaveState>({ kind: 'saved', at: null });
  const [saved, setSaved] = useState(start.tag);
  const tag = useRef(start.tag);
  const latest = useRef(draft);
  const take = (read: Tagged<Campaign>): void => {
    tag.current = read.tag;
    setSaved(read.tag);
    queries.setQueryData(campaignKey(tenant, id, 'campaign'), read);
  };
  const [queue] = useState(
    () => new Autosave<CampaignDraft>(async (patch) => take(await updateCampaign(id, patch, tag.current)), isStale, setSave),
  );
  const [flush] = useState(() => () => queue.flush());
  useEffect(() => () => void flush(), [flush]);
  const isSaved = save.kind === 'saved';
  useEffect(() => {
    if (isSaved) return;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [isSaved]);
  return {
    draft,
    save,
    revision: isSaved ? saved : null,
    change(patch) {
      latest.current = { ...latest.current, ...patch };
      setDraft(latest.current);
      const refused = refusedOf(latest.current);
      const right = Object.fromEntries(Object.entries(patch).filter(([member]) => !(member in refused))) as Partial<CampaignDraft>;
      if (Object.keys(right).length > 0) queue.change(right);
    },
    flush,
    retry: () => queue.retry(),
    async reload(keep) {
      const read = await readCampaign(id);
      take(read);
      if (!keep) {
        latest.current = draftOf(read.value);
        setDraft(latest.current);
      }
      queue.goOn(keep);
    },
  };
}
