// `npm run admin:tour`: pictures of every screen of the panel, whole pages, in both themes and both widths, in .data/tour. Looks at the demo that
// `npm start` runs, with the sign-in link that it has printed: npm run admin:tour -- http://127.0.0.1:3000/admin/sign-in-link#…
// Drawers, menus and dialogs are pictured when they are named.
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const { screens, openScreen } = createRequire(import.meta.url)('./lib/admin-screens.cjs');
const [link, ...wanted] = process.argv.slice(2);
if (!link) {
  console.error('Name the sign-in link that npm start has printed, then the screens that are wanted, or none for all.');
  process.exit(64);
}

const folder = join(import.meta.dirname, '..', '.data', 'tour');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const widths = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };
const context = () =>
  browser.newContext({ baseURL: new URL(link).origin, viewport: widths.wide, locale: 'en-GB', reducedMotion: 'reduce' });
const page = await (await context()).newPage();
const stranger = await (await context()).newPage();
await stranger.goto('/admin/login');
await page.goto(link);
await page.getByRole('button', { name: 'Sign in' }).click();
await page.getByRole('navigation').waitFor();
const client = await richest(page.request);

let count = 0;
const missing = [];
for (const screen of screens.filter(({ name, press }) => (wanted.length === 0 ? !press : wanted.includes(name)))) {
  const on = screen.open ? stranger : page;
  try {
    await openScreen(on, screen, client.id);
  } catch (error) {
    missing.push(`${screen.name}: ${error.message.split('\n')[0]}`);
    continue;
  }
  for (const [width, viewport] of Object.entries(widths))
    for (const colorScheme of ['light', 'dark']) {
      await on.setViewportSize(viewport);
      await on.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await on.screenshot({ path: join(folder, `${screen.name}-${width}-${colorScheme}.png`), fullPage: true });
      count += 1;
    }
}
await browser.close();
console.log(`${count} pictures in ${folder}`);
if (missing.length > 0) {
  console.error(`Not seen:\n${missing.map((line) => `  ${line}`).join('\n')}`);
  process.exit(1);
}

/** Returns the client with the most templates: the demo has others, which have next to nothing to show. */
async function richest(request) {
  const list = async (path, headers) => {
    const answer = await request.get(path, { headers: { 'sec-fetch-site': 'same-origin', ...headers } });
    return (await answer.json()).data;
  };
  const counted = await Promise.all(
    (await list('/admin/v1/tenants')).map(async (one) => ({
      ...one,
      templates: (await list('/v1/templates', { 'heliograph-tenant': one.id })).length,
    })),
  );
  return counted.toSorted((a, b) => b.templates - a.templates)[0];
}
