/** Returns the query of a list's address with the record to look at, or without one; filters and page stay. */
export function lookSearch(search: string, id: string | null): string {
  const params = new URLSearchParams(search);
  if (id) params.set('look', id);
  else params.delete('look');
  return params.toString();
}
