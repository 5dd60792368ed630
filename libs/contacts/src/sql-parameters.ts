/** Parameters of a composed statement: `add` returns the placeholder of the parameter it adds. */
export function sqlParameters(...first: unknown[]) {
  const values = first;
  return { values, add: (value: unknown) => `$${values.push(value)}` };
}
