/** Elements that are kept; all others are dropped with their content. */
const elements = new Set(
  'svg g path rect circle ellipse line polyline polygon defs linearGradient radialGradient stop clipPath mask symbol use title desc text tspan'.split(
    ' ',
  ),
);
/** Elements whose text is kept. */
const textual = new Set(['title', 'desc', 'text', 'tspan']);
const properties =
  'fill fill-rule fill-opacity stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset opacity clip-rule clip-path mask stop-color stop-opacity font-family font-size font-weight font-style text-anchor letter-spacing color display visibility'.split(
    ' ',
  );
const attributes = new Set([
  ...properties,
  ...'d points x y x1 x2 y1 y2 cx cy r rx ry dx dy fx fy width height viewBox transform id offset gradientUnits gradientTransform spreadMethod clipPathUnits maskUnits maskContentUnits preserveAspectRatio version role aria-label pathLength'.split(
    ' ',
  ),
]);
const token =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!DOCTYPE[^[>]*>|<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[A-Za-z_][\w.:-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|[^<]+/gy;
const pair = /([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/g;
const namespace = 'http://www.w3.org/2000/svg';
/** References that draw something again. Few enough that references to references cannot multiply without end. */
const maxRedrawn = 16;
const redrawing = / (?:href|mask|clip-path)="/g;

/** Thrown for a file that is no SVG, or that cannot be made safe. */
export class SvgFault extends Error {}

/**
 * Returns an SVG with nothing but known elements and attributes: no scripts, styles, links, images, events or entities. References name
 * ids of the same file only.
 * @throws SvgFault
 */
export function cleanSvg(source: string): string {
  const open: string[] = [];
  let dropped = 0;
  let out = '';
  let isDone = false;
  token.lastIndex = 0;
  const text = source.replace(/^\uFEFF/, '');
  while (token.lastIndex < text.length) {
    const found = token.exec(text);
    if (!found) throw new SvgFault('This is no well-formed SVG, or it declares entities.');
    const [whole, isEnd, name, given = '', isEmpty] = found;
    if (name === undefined) {
      if (whole.startsWith('<')) continue;
      if (dropped === 0 && textual.has(open.at(-1) ?? '')) out += escaped(whole);
      else if (open.length === 0 && whole.trim() !== '') throw new SvgFault('This is no SVG.');
      continue;
    }
    if (isDone || (open.length === 0 && (isEnd || name !== 'svg'))) throw new SvgFault('An SVG has one root element, svg.');
    if (isEnd) {
      if (open.pop() !== name) throw new SvgFault('The tags of this SVG do not match.');
      if (dropped > 0) dropped--;
      else out += `</${name}>`;
      isDone = open.length === 0;
      continue;
    }
    const isKept = dropped === 0 && elements.has(name) && (open.length === 0) === (name === 'svg');
    if (isKept) out += `<${name}${open.length === 0 ? ` xmlns="${namespace}"` : ''}${kept(given)}${isEmpty ? '/' : ''}>`;
    if (isEmpty) {
      isDone = open.length === 0;
      continue;
    }
    open.push(name);
    if (!isKept) dropped++;
    if (open.length > 100) throw new SvgFault('This SVG is nested too deeply.');
  }
  if (!isDone) throw new SvgFault('This is no complete SVG.');
  if ((out.match(redrawing)?.length ?? 0) > maxRedrawn) throw new SvgFault('This SVG uses too many of its parts again.');
  return out;
}

/** Returns the attributes that are kept, as they stand in a tag. Members of `style` become attributes. */
function kept(given: string): string {
  const found = new Map<string, string>();
  for (const [, name = '', double, single] of given.matchAll(pair)) {
    const value = double ?? single ?? '';
    if (name === 'style')
      for (const part of value.split(';')) {
        const [property = '', of = ''] = part.split(':', 2).map((side) => side.trim());
        if (properties.includes(property) && isSafe(of)) found.set(property, of);
      }
    else if (name === 'href' || name === 'xlink:href') {
      if (/^#[\w.-]+$/.test(value)) found.set('href', value);
    } else if (attributes.has(name) && isSafe(value)) found.set(name, value);
  }
  return [...found].map(([name, value]) => ` ${name}="${value}"`).join('');
}

/** True for a value without scripts, quotes and escapes, and with references to ids of the same file only. */
function isSafe(value: string): boolean {
  if (/[<>&"'`\\]/.test(value)) return false;
  return !/url\s*\(|:\s*\/\/|javascript|data:/i.test(value.replace(/url\(#[\w.-]+\)/g, ''));
}

function escaped(text: string): string {
  return text.replace(/&(?!(?:amp|lt|gt|quot|apos);)/g, '&amp;').replaceAll('>', '&gt;');
}
