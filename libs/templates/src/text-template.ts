import { Liquid, type Template, TokenizationError } from 'liquidjs';
import { type UsedVariable, usedVariables } from './used-variables';
import type { Variables } from './variables';

/** Maximum number of characters of a template. */
const maxTemplateChars = 20_000;
/** Maximum number of outputs and tags of a text: each takes a part of a ms to parse. */
export const maxTemplateTags = 200;
/** Limits of filling in one text: time in ms, and units of memory (LiquidJS counts characters and elements). */
const maxRenderMs = 50;
const maxRenderMemory = 1_000_000;
/** Maximum number of characters of a filled-in text. No message allows as many. */
const maxFilledChars = 20_000;
/** The time limit counts wall-clock time, so a template is retried: a paused process is not a slow template. */
const maxRenderTries = 3;
/** Tags that read files or include other templates. */
const refusedTags = ['include', 'render', 'layout', 'block'] as const;

/** A text that cannot be parsed or filled in. The message is for people. */
export class TemplateError extends Error {}

/** Characters of values in the text that is being filled in. */
let filled = 0;

/** Counts the characters of a value before it is added to the text. */
function bounded(value: unknown): unknown {
  filled += typeof value === 'string' ? value.length : (JSON.stringify(value ?? null)?.length ?? 0);
  if (filled > maxFilledChars) throw new TemplateError(tooLong);
  return value;
}
const tooLong = `A text has at most ${maxFilledChars} characters when it is filled in.`;

const engine = new Liquid({
  // Values that are not text are kept.
  outputEscape: bounded as (value: unknown) => string,
  ownPropertyOnly: true,
  strictVariables: true,
  strictFilters: true,
  // `{{ x | default: "y" }}` and `{% if x %}` are the ways a template declares that x may be missing.
  lenientIf: true,
  parseLimit: maxTemplateChars,
  renderLimit: maxRenderMs,
  memoryLimit: maxRenderMemory,
  templates: {},
});
// The library's own filter would bypass `bounded`.
engine.registerFilter('raw', (value: unknown) => value);
for (const tag of refusedTags) {
  engine.registerTag(tag, {
    parse: (token) => {
      throw new TokenizationError(`The tag ${tag} is not available.`, token);
    },
    render: () => '',
  });
}

/** Limits of filling in one text that differ from the ordinary ones. */
export interface FillLimits {
  /** Units of memory. */
  memory?: number;
  /** Ms of wall-clock time. Allow more than usual only where the caller limits processor time (`eachWithin`). */
  ms?: number;
}

/** Texts of a JSON value, parsed as Liquid templates. */
export interface JsonTemplate {
  /** @throws TemplateError, e.g. when a variable is missing */
  fill(variables: Variables, limits?: FillLimits): unknown;
  /** Returns the variables that the texts read, each once. */
  variables(): UsedVariable[];
}

/** Parses every text in a JSON value as a Liquid template; keeps all other values. @throws TemplateError */
export function readTemplate(value: unknown): JsonTemplate {
  const read = readParts(value);
  return {
    fill: (variables, limits = {}) => fillParts(read, variables, limits),
    variables: () => orTemplateError(() => usedVariables(engine, parsedIn(read))),
  };
}

/** Returns the parsed texts of a value. */
function parsedIn(part: unknown): Template[][] {
  if (isParsed(part)) return [part.templates];
  return part !== null && typeof part === 'object' ? Object.values(part).flatMap(parsedIn) : [];
}

interface Parsed {
  templates: Template[];
}
const isParsed = (part: unknown): part is Parsed => part !== null && typeof part === 'object' && parsedMark in part;
const parsedMark = Symbol('template');

function readParts(value: unknown): unknown {
  if (typeof value === 'string') {
    if (!value.includes('{')) return value;
    if ((value.match(/\{[{%]/g)?.length ?? 0) > maxTemplateTags)
      throw new TemplateError(`A text has at most ${maxTemplateTags} outputs and tags.`);
    return { templates: orTemplateError(() => engine.parse(value)), [parsedMark]: true };
  }
  if (Array.isArray(value)) return value.map(readParts);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, readParts(member)]));
  }
  return value;
}

function fillParts(part: unknown, variables: Variables, limits: FillLimits): unknown {
  if (isParsed(part)) return orTemplateError(() => render(part, variables, limits));
  if (Array.isArray(part)) return part.map((member) => fillParts(member, variables, limits));
  if (part !== null && typeof part === 'object') {
    return Object.fromEntries(Object.entries(part).map(([name, member]) => [name, fillParts(member, variables, limits)]));
  }
  return part;
}

function render(part: Parsed, variables: Variables, limits: FillLimits, tries = maxRenderTries): string {
  try {
    filled = 0;
    const { memory = maxRenderMemory, ms = maxRenderMs } = limits;
    const text = engine.renderSync(part.templates, variables, { memoryLimit: memory, renderLimit: ms }) as string;
    if (text.length > maxFilledChars) throw new TemplateError(tooLong);
    return text;
  } catch (error) {
    if (tries === 1 || !(error as Error).message.includes('render limit exceeded')) throw error;
    return render(part, variables, limits, tries - 1);
  }
}

function orTemplateError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    // The first line states the fault and its position; the rest quotes the template.
    throw new TemplateError((error as Error).message.split('\n')[0] ?? 'The template cannot be parsed.');
  }
}
