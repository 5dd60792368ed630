import AddOutlined from '@mui/icons-material/AddOutlined';
import CloseOutlined from '@mui/icons-material/CloseOutlined';
import FilterListOutlined from '@mui/icons-material/FilterListOutlined';
import SearchOutlined from '@mui/icons-material/SearchOutlined';
import { Button, InputAdornment, Menu, MenuItem, Popover, TextField } from '@mui/material';
import { type ComponentType, type ReactNode, useEffect, useRef, useState } from 'react';
import { useListContext, useTranslate } from 'react-admin';
import { useNavigate } from 'react-router-dom';
import { useFormat } from '../i18n/format';

/** A filter that is set with a click: its values in words. Values that are typed have none. */
export interface Filter {
  source: string;
  label: string;
  choices?: { value: string; label: string }[];
  /** A time, typed in the zone of the browser. */
  kind?: 'time';
  /** Words of a value that is no choice. */
  show?: (value: string) => string;
  /** Set by links only: shown while it is set. */
  linked?: boolean;
  /** Seldom wanted: offered in the menu of more filters until it is set. */
  rare?: boolean;
  /** Shows the filter in place of `Pill`, where its values are looked for. */
  pill?: ComponentType<PillProps>;
}

/** A filter in the row over a table. */
export interface PillProps {
  filter: Filter;
  /** Several values match any of them. */
  value: string | string[] | undefined;
  /** It was picked from the rare ones, so its values are asked for at once. */
  startsOpen: boolean;
  onChange: (value: string | undefined) => void;
  onClose: () => void;
}

/**
 * Filter of the search field, and its placeholder. `also`: texts of another form set another filter. `goTo`: the page that a text leads to
 * by itself, such as an id.
 */
export interface SearchField {
  source: string;
  label: string;
  also?: { source: string; when: RegExp };
  goTo?: (text: string) => string | undefined;
}

/** Search field and filters of the list around them. */
export function Filters({ search, filters, aside }: { search?: SearchField; filters: Filter[]; aside?: ReactNode }) {
  const navigate = useNavigate();
  const { filterValues, setFilters } = useListContext();
  const [picked, setPicked] = useState<string | null>(null);
  const isSet = (source: string): boolean => (filterValues as Record<string, unknown>)[source] !== undefined;
  const set = (source: string, value: string | undefined): void => {
    const { [source]: _old, ...rest } = filterValues as Record<string, string>;
    setFilters(value === undefined || value === '' ? rest : { ...rest, [source]: value });
  };
  if (!search && filters.length === 0 && !aside) return null;
  const also = search?.also;
  const searched = ((search && filterValues[search.source]) ?? (also && filterValues[also.source]) ?? '') as string;
  const find = (text: string): void => {
    if (!search) return;
    const page = search.goTo?.(text);
    if (page) return void navigate(page);
    const rest = Object.fromEntries(Object.entries(filterValues).filter(([source]) => source !== search.source && source !== also?.source));
    setFilters(text === '' ? rest : { ...rest, [also?.when.test(text) ? also.source : search.source]: text });
  };
  return (
    <div className="filters" role="search">
      {search && <Search key={searched} label={search.label} value={searched} onSearch={find} />}
      {filters
        .filter(({ linked, rare, source }) => (!linked && !rare) || isSet(source) || source === picked)
        .map((filter) => {
          const Shown = filter.pill ?? Pill;
          return (
            <Shown
              key={filter.source}
              filter={filter}
              value={filterValues[filter.source] as string | string[] | undefined}
              startsOpen={filter.source === picked}
              onChange={(value) => set(filter.source, value)}
              onClose={() => setPicked(null)}
            />
          );
        })}
      <MoreFilters filters={filters.filter(({ rare, source }) => rare && !isSet(source) && source !== picked)} onPick={setPicked} />
      {aside && <span className="aside">{aside}</span>}
    </div>
  );
}

function Search({ label, value, onSearch }: { label: string; value: string; onSearch: (value: string) => void }) {
  const [text, setText] = useState(value);
  return (
    <form
      className="search"
      onSubmit={(event) => {
        event.preventDefault();
        onSearch(text.trim());
      }}
    >
      <TextField
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={() => text.trim() !== value && onSearch(text.trim())}
        placeholder={label}
        slotProps={{
          htmlInput: { 'aria-label': label, type: 'search' },
          input: {
            startAdornment: (
              <InputAdornment position="start">
                <SearchOutlined sx={{ fontSize: 17 }} />
              </InputAdornment>
            ),
          },
        }}
      />
    </form>
  );
}

/** Asks for the value of a filter, and clears it. @param field looks for values in place of choices and text */
export function Pill({
  filter,
  value,
  startsOpen,
  onChange,
  onClose,
  field,
}: PillProps & { field?: (onPick: (value: string) => void) => ReactNode }) {
  const translate = useTranslate();
  const pill = useRef<HTMLButtonElement>(null);
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  useEffect(() => {
    if (startsOpen) setAnchor(pill.current);
  }, [startsOpen]);
  const [text, setText] = useState('');
  const format = useFormat();
  const isTime = filter.kind === 'time';
  const hasMenu = filter.choices !== undefined && !field;
  const wordsOf = (one: string): string =>
    isTime ? format.when(new Date(one)) : (filter.choices?.find((choice) => choice.value === one)?.label ?? filter.show?.(one) ?? one);
  const shown = value && [value].flat().map(wordsOf).join(', ');
  const close = (): void => {
    setAnchor(null);
    onClose();
  };
  return (
    <>
      {value ? (
        <button
          type="button"
          className="pill set"
          onClick={() => onChange(undefined)}
          aria-label={translate('list.clear', { name: `${filter.label}: ${shown}` })}
        >
          {filter.label}: {shown}
          <CloseOutlined />
        </button>
      ) : (
        <button
          ref={pill}
          type="button"
          className="pill"
          aria-haspopup={hasMenu ? 'menu' : 'dialog'}
          onClick={(event) => setAnchor(event.currentTarget)}
        >
          <AddOutlined />
          {filter.label}
        </button>
      )}
      {hasMenu ? (
        <Menu open={anchor !== null} anchorEl={anchor} onClose={close}>
          {filter.choices?.map((choice) => (
            <MenuItem
              key={choice.value}
              onClick={() => {
                close();
                onChange(choice.value);
              }}
            >
              {choice.label}
            </MenuItem>
          ))}
        </Menu>
      ) : (
        <Popover
          open={anchor !== null}
          anchorEl={anchor}
          onClose={close}
          anchorOrigin={{ vertical: 'bottom', horizontal: 'left' }}
          slotProps={{ paper: { role: 'dialog', 'aria-label': filter.label } }}
        >
          {field ? (
            <div style={{ padding: 8, width: 280 }}>
              {field((picked) => {
                close();
                onChange(picked);
              })}
            </div>
          ) : (
            <form
              style={{ padding: 8, width: 240 }}
              onSubmit={(event) => {
                event.preventDefault();
                close();
                onChange(isTime ? text && new Date(text).toISOString() : text.trim());
              }}
            >
              <TextField
                autoFocus
                label={filter.label}
                value={text}
                onChange={(event) => setText(event.target.value)}
                {...(isTime && { type: 'datetime-local', slotProps: { inputLabel: { shrink: true } } })}
              />
              {isTime && (
                <Button type="submit" variant="outlined" sx={{ marginTop: 1 }}>
                  {translate('list.apply')}
                </Button>
              )}
            </form>
          )}
        </Popover>
      )}
    </>
  );
}

/** The rare filters, in one menu. */
function MoreFilters({ filters, onPick }: { filters: Filter[]; onPick: (source: string) => void }) {
  const translate = useTranslate();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  if (filters.length === 0) return null;
  return (
    <>
      <button type="button" className="pill" aria-haspopup="menu" onClick={(event) => setAnchor(event.currentTarget)}>
        <FilterListOutlined />
        {translate('list.more_filters')}
      </button>
      <Menu open={anchor !== null} anchorEl={anchor} onClose={() => setAnchor(null)}>
        {filters.map(({ source, label }) => (
          <MenuItem
            key={source}
            onClick={() => {
              setAnchor(null);
              onPick(source);
            }}
          >
            {label}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
