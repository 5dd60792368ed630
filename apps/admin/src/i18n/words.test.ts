import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { en as panel } from './en';
import { faults, reasons, refusals } from './en/reasons';
import { words as ar } from './ar';
import { faults as arFaults, reasons as arReasons, refusals as arRefusals } from './ar/reasons';
import { words as es } from './es';
import { faults as esFaults, reasons as esReasons, refusals as esRefusals } from './es/reasons';
import { words as fr } from './fr';
import { faults as frFaults, reasons as frReasons, refusals as frRefusals } from './fr/reasons';
import { languages } from './languages';
import { words as ptBR } from './pt-BR';
import { faults as ptBRFaults, reasons as ptBRReasons, refusals as ptBRRefusals } from './pt-BR/reasons';

/** Keys that are put together in a way that the sources do not show, e.g. by React-Admin or from a name of the api; `*` stands for anything. */
const indirect = [
  'ra.*',
  'permission.*',
  'audit.acts.*',
  'endpoints.form.*_*',
  'endpoints.replay.*_*',
  'endpoints.trouble.*',
  'event_types.*_help',
  'faults.*',
  'imports.charsets.*',
  'reasons.*',
  'refusals.*',
  'report.reason.*',
  'simulator.fault.*',
];

/** Names of the api that are written like keys. */
const namesOfApi = ['messages.cancel'];

const en = { ...panel, reasons, refusals, faults };
const dictionaries: Record<string, object> = {
  en,
  'pt-BR': { ...ptBR, reasons: ptBRReasons, refusals: ptBRRefusals, faults: ptBRFaults },
  es: { ...es, reasons: esReasons, refusals: esRefusals, faults: esFaults },
  fr: { ...fr, reasons: frReasons, refusals: frRefusals, faults: frFaults },
  ar: { ...ar, reasons: arReasons, refusals: arRefusals, faults: arFaults },
};
const folder = join(import.meta.dirname, '..');

function flat(words: object, path = ''): Map<string, string> {
  const all = new Map<string, string>();
  for (const [key, value] of Object.entries(words)) {
    if (typeof value === 'string') all.set(`${path}${key}`, value);
    else for (const [name, text] of flat(value as object, `${path}${key}.`)) all.set(name, text);
  }
  return all;
}

const english = flat(en);
const roots = new Set(Object.keys(en));
const forms = (text: string): string[] => text.split('||||').map((form) => form.trim());
const placeholders = (text: string): string[] => [...new Set(text.match(/%\{\w+\}/g) ?? [])].toSorted();

/** Literals and templates of the panel's sources that name words, and every word in them. */
function readSources() {
  const literals = new Map<string, string>();
  const templates = new Map<RegExp, string>();
  const translated = new Map<string, string>();
  const names = new Set(readFileSync(join(folder, '../../../docs/openapi.json'), 'utf8').match(/\w+/g));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(
      (file) =>
        /\.tsx?$/.test(file) &&
        !/\.test\.tsx?$/.test(file) &&
        !file.endsWith('api-types.ts') &&
        !/^i18n[\\/](?:en|ar|es|fr|pt-BR)[\\/]/.test(file),
    )
    .map((file) => join(folder, file));
  const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    for (const name of text.match(/\w+/g) ?? []) names.add(name);
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
    const visit = (node: ts.Node): void => {
      const place = () => `${relative(folder, file)}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
      if (ts.isStringLiteralLike(node) && !(ts.isPropertyAssignment(node.parent) && node.parent.name === node)) {
        literals.set(node.text, place());
        const call = node.parent;
        if (ts.isCallExpression(call) && call.expression.getText() === 'translate' && call.arguments[0] === node)
          translated.set(node.text, place());
      }
      if (ts.isTemplateExpression(node) && roots.has(node.head.text.split('.')[0] ?? '') && node.head.text.includes('.')) {
        const pattern = node.templateSpans.map(({ literal }) => `([\\w.]+)${escaped(literal.text)}`).join('');
        templates.set(new RegExp(`^${escaped(node.head.text)}${pattern}$`), `${place()} ${node.getText()}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return { literals, templates, translated, names };
}

const { literals, templates, translated, names } = readSources();

describe('words that the panel shows', () => {
  it('are defined', () => {
    const isPath = /^\w+(?:\.\w+)+$/;
    const prefixes = new Set([...english.keys()].flatMap((key) => key.split('.').map((_, at, parts) => parts.slice(0, at).join('.'))));
    const missing = [...literals].filter(
      ([text]) =>
        isPath.test(text) &&
        roots.has(text.split('.')[0] ?? '') &&
        !english.has(text) &&
        !namesOfApi.includes(text) &&
        !prefixes.has(text) &&
        !/\.(?:css|svg)$/.test(text),
    );
    const called = [...translated].filter(([text]) => !english.has(text));
    const empty = [...templates].filter(([pattern]) => ![...english.keys()].some((key) => pattern.test(key))).map(([, place]) => place);
    expect([...new Map([...missing, ...called]).entries(), ...empty]).toEqual([]);
  });

  it('are used', () => {
    const patterns = indirect.map((name) => new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '.+')}$`));
    const isUsed = (key: string): boolean =>
      literals.has(key) ||
      patterns.some((pattern) => pattern.test(key)) ||
      // What a template leaves open must be a word of the panel or of the api.
      [...templates.keys()].some((pattern) => {
        const open = pattern.exec(key)?.slice(1);
        return open?.every((part) => part.split('.').every((name) => names.has(name)));
      });
    expect([...english.keys()].filter((key) => !isUsed(key))).toEqual([]);
  });
});

describe.each(languages)('words in $name', ({ locale, forms: wanted }) => {
  const words = flat(dictionaries[locale] ?? {});

  it('have the keys of English', () => {
    expect([...words.keys()].toSorted()).toEqual([...english.keys()].toSorted());
  });

  it('have the same placeholders, and weigh the same parts', () => {
    const weights = (text: string): number => Math.max(...forms(text).map((form) => form.split('**').length));
    const different = [...english].filter(([key, text]) => {
      const other = words.get(key) ?? '';
      return (
        placeholders(text).join() !== placeholders(other).join() ||
        weights(text) !== weights(other) ||
        forms(other).some((form) => form.split('**').length % 2 === 0)
      );
    });
    expect(different.map(([key, text]) => [key, text, words.get(key)])).toEqual([]);
  });

  it('have every form of a number that the language tells apart', () => {
    const wrong = [...english].filter(([key, text]) => {
      const count = forms(words.get(key) ?? '').length;
      return count !== (forms(text).length > 1 ? wanted.length : 1);
    });
    expect(wrong.map(([key]) => [key, words.get(key)])).toEqual([]);
  });
});

describe.each(languages.filter(({ locale }) => locale !== 'en'))('words in $name', ({ locale }) => {
  it('are not left in English', () => {
    const words = flat(dictionaries[locale] ?? {});
    const isSentence = (text: string): boolean =>
      text
        .replace(/%\{\w+\}|\|{4}/g, ' ')
        .trim()
        .split(/\s+/).length > 2;
    expect([...english].filter(([key, text]) => words.get(key) === text && isSentence(text))).toEqual([]);
  });
});
