/** Gathers the conditions of a query with their parameters; texts of conditions are written in our code, values never are. */
export class Where {
  readonly params: unknown[];
  private readonly conditions: string[] = [];

  constructor(...params: unknown[]) {
    this.params = params;
  }

  /** Adds a condition; `?` in it stands for the value. An absent value adds nothing. */
  and(condition: string, value: unknown): this {
    if (value === undefined) return this;
    this.params.push(value);
    this.conditions.push(condition.replace('?', `$${this.params.length}`));
    return this;
  }

  /** The parameter's name in the SQL. */
  param(value: unknown): string {
    return `$${this.params.push(value)}`;
  }

  /** ` AND …` for each condition, to be put behind the first one of a query. */
  toString(): string {
    return this.conditions.map((condition) => ` AND ${condition}`).join('');
  }
}
