/** Parameters of a statement that is put together: `add` answers the name of the one it adds. */
export function sqlParameters(...first: unknown[]) {
  const values = first;
  return { values, add: (value: unknown) => `$${values.push(value)}` };
}
