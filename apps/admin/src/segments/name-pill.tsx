import { Pill, type PillProps } from '../parts/filters';
import { NameField } from './name-field';
import { useNamesOf } from './segments';

/** A filter by a list or a segment, which is chosen by its name. */
function NamePill({ kind, ...props }: PillProps & { kind: 'list' | 'segment' }) {
  const { filter, value } = props;
  const ids = value === undefined ? [] : [value].flat();
  const names = useNamesOf(ids.map((id) => ({ kind, id })));
  return (
    <Pill
      {...props}
      filter={{ ...filter, show: (id) => names.get(id) ?? id }}
      field={(onPick) => (
        <NameField kind={kind} label={filter.label} value="" startsOpen onChange={(id) => (id ? onPick(id) : undefined)} />
      )}
    />
  );
}

export const ListPill = (props: PillProps) => <NamePill kind="list" {...props} />;
export const SegmentPill = (props: PillProps) => <NamePill kind="segment" {...props} />;
