// `npm run admin:sizes`: what a browser fetches for each page of the built panel, gzipped, against its limits. A page is the chunk
// that is loaded when it is opened, with all that it imports, in the language with the most words: its scripts and styles. The font is
// counted by itself, as it is fetched once and kept for a year.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const dist = join(import.meta.dirname, '..', 'dist', 'admin');
/** Limits in kB of 1,000 bytes. */
const limits = { signIn: 285, page: 460, chart: 108, font: 50 };
const manifest = JSON.parse(readFileSync(join(dist, '.vite', 'manifest.json'), 'utf8'));

/** Files of a chunk and of everything that it imports at once. */
function filesOf(name, seen = new Set()) {
  const chunk = manifest[name];
  if (seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const css of chunk.css ?? []) seen.add(css);
  for (const other of chunk.imports ?? []) filesOf(other, seen);
  return seen;
}

const known = new Map();
function kb(files) {
  let bytes = 0;
  for (const file of files) {
    if (!known.has(file)) known.set(file, gzipSync(readFileSync(join(dist, file)), { level: 9 }).length);
    bytes += known.get(file);
  }
  return bytes / 1000;
}

/** The frame around every page. */
const frame = 'src/layout/layout.tsx';
const names = Object.keys(manifest).filter((name) => manifest[name].isDynamicEntry);
const isLanguage = (name) => /^src\/i18n\//.test(name);
const isChart = (name) => /-chart\.tsx$/.test(name);
const languages = names.filter(isLanguage).map((name) => ({ name, size: kb(filesOf(name)) }));
const language = languages.reduce((largest, one) => (one.size > largest.size ? one : largest));
const start = new Set(['index.html', 'first-paint.js', ...filesOf('index.html'), ...filesOf(language.name)]);

const rows = [['sign-in page', kb(start), limits.signIn]];
for (const name of names.filter((one) => !isLanguage(one) && one !== frame).toSorted()) {
  const files = filesOf(name);
  if (isChart(name)) rows.push([name, kb([...files].filter((file) => !start.has(file) && !filesOf(frame).has(file))), limits.chart]);
  else rows.push([name, kb(new Set([...start, ...filesOf(frame), ...files])), limits.page]);
}
// Latin letters are what every language of the panel shows; its other parts are fetched for the texts that need them.
const fonts = [...filesOf('index.html')]
  .filter((file) => file.endsWith('.css'))
  .flatMap((file) => readFileSync(join(dist, file), 'utf8').match(/[\w-]+-latin-wght-normal-[\w-]+\.woff2/g) ?? []);
if (fonts.length === 0) throw new Error('The styles name no font of Latin letters.');
rows.push(['font of Latin letters', kb(new Set(fonts.map((file) => `assets/${file}`))), limits.font]);
const over = rows.filter(([, size, limit]) => size > limit);
for (const [name, size, limit] of rows)
  console.log(`${size > limit ? 'OVER ' : '     '}${size.toFixed(1).padStart(6)} of ${limit} kB  ${name}`);
for (const { name, size } of languages) console.log(`     ${size.toFixed(1).padStart(6)} kB  ${name}`);
if (over.length > 0) {
  console.error(`${over.length} over their limit.`);
  process.exit(1);
}
