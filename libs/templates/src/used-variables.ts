import { type Liquid, Tag, type Template, Value, type Variable } from 'liquidjs';

/** A variable that a text reads. */
export interface UsedVariable {
  /** Names of the path, e.g. `contact`, `name`. A name that the text computes ends the path. */
  path: string[];
  /** True when the text cannot be filled in without it: it is read without `default`, and outside of conditions and loops. */
  isRequired: boolean;
}

/** Tags whose own conditions may name a missing variable. */
const lenient = new Set(['if', 'unless', 'case']);

/** Returns the variables that parsed texts read from outside, each once, in the order of their names. */
export function usedVariables(engine: Liquid, texts: Template[][]): UsedVariable[] {
  const found = new Map<string, UsedVariable>();
  for (const templates of texts) {
    const optional = new Set(optionalParts(templates).flatMap((parts) => all(engine, parts).map(placeOf)));
    for (const variable of Object.values(engine.analyzeSync(templates).globals).flat()) {
      const path = pathOf(variable);
      const key = JSON.stringify(path);
      const isRequired = !optional.has(placeOf(variable));
      found.set(key, { path, isRequired: isRequired || (found.get(key)?.isRequired ?? false) });
    }
  }
  return [...found.values()].sort((a, b) => (a.path.join('.') < b.path.join('.') ? -1 : 1));
}

/** Returns the parts of a text in which a variable may be missing, or which may not be filled in at all. */
function optionalParts(templates: Template[]): Template[][] {
  return templates.flatMap((template) => {
    const { value } = template as { value?: unknown };
    if (value instanceof Value && value.filters[0]?.name === 'default') return [[template]];
    if (!(template instanceof Tag)) return [];
    if (lenient.has(template.name)) return [[template]];
    const children = childrenOf(template);
    return children.length > 0 && template.name !== 'capture' ? [children] : optionalParts(children);
  });
}

/** Returns the templates in a block. Files are never read. */
function childrenOf(template: Template): Template[] {
  const steps = template.children?.(false, true);
  const { value } = steps?.next() ?? {};
  return Array.isArray(value) ? (value as Template[]) : [];
}

const all = (engine: Liquid, templates: Template[]): Variable[] => Object.values(engine.analyzeSync(templates).variables).flat();
const placeOf = ({ location: { row, col } }: Variable): string => `${row}:${col}`;

function pathOf({ segments }: Variable): string[] {
  const end = segments.findIndex((segment) => typeof segment !== 'string');
  return (end < 0 ? segments : segments.slice(0, end)) as string[];
}
