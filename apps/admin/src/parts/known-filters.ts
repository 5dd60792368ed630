import { useLayoutEffect } from 'react';
import { useLocation, useNavigate } from 'react-router-dom';

/**
 * Returns the query of a list's address without filters that the list does not have; null: it has them all.
 * @param known groups of filters; those of one group are kept together or not at all
 */
export function withKnownFilters(search: string, known: string[][]): string | null {
  const params = new URLSearchParams(search);
  const filter = filterIn(params);
  const isSet = (name: string): boolean => name in filter;
  const kept = new Set(known.filter((group) => group.every(isSet)).flat());
  if (Object.keys(filter).every((name) => kept.has(name))) return null;
  // An empty filter stands in the address too: without one, the list would take the filter that it had before.
  params.set('filter', JSON.stringify(Object.fromEntries(Object.entries(filter).filter(([name]) => kept.has(name)))));
  params.delete('page');
  return params.toString();
}

function filterIn(params: URLSearchParams): object {
  try {
    const filter: unknown = JSON.parse(params.get('filter') ?? '{}');
    return typeof filter === 'object' && filter !== null ? filter : {};
  } catch {
    // The list takes an address that is not JSON as one without filters.
    return {};
  }
}

/**
 * Takes filters out of the address that the list does not have, such as those of the list of another client: the api would refuse them.
 * @returns false until that is done
 */
export function useKnownFilters(known: string[][]): boolean {
  const { pathname, search } = useLocation();
  const navigate = useNavigate();
  const rest = withKnownFilters(search, known);
  useLayoutEffect(() => {
    if (rest !== null) void navigate({ pathname, search: rest }, { replace: true });
  }, [rest, pathname, navigate]);
  return rest === null;
}
