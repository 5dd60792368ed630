import { existsSync, readFileSync } from 'node:fs';
import { Invitations, StaffAuth, type Grant } from '@heliograph/staff';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { ApiRig } from '../api/api-rig';

/** The browser of the tests: Debian's, or another one that CHROMIUM names. */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Describes what a person does with the panel in a browser, and reports it as skipped where there is none. */
export function describePanel(name: string, suite: () => void): void {
  if (existsSync(executablePath)) describe(name, suite);
  else describe.skip(`${name} (needs Chromium: apt-get install chromium)`, suite);
}

/** Widths that the panel is drawn for. */
export const widths = { wide: { width: 1_440, height: 900 }, narrow: { width: 390, height: 844 } };

const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Rules of axe-core about colours: the others find the same in each theme. */
const ofColours = ['color-contrast', 'link-in-text-block'];

/**
 * Violations that axe-core finds on the page, all rules and best practice, as `rule: place`. An open menu stands in no landmark, as menus do.
 * @param about `colours`: looks for faults of colours alone
 */
export async function axe(page: Page, about: 'all' | 'colours' = 'all'): Promise<string[]> {
  if (!(await page.evaluate(`'axe' in window`))) await page.evaluate(axeSource);
  return page.evaluate(
    `axe.run(document, { resultTypes: ['violations'], ${about === 'colours' ? `runOnly: ${JSON.stringify(ofColours)}` : "rules: { region: { enabled: !document.querySelector('[role=menu]') } }"} }).then(({ violations }) => violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => id + ': ' + target.join(' ') + ' (' + failureSummary.split('\\n').slice(1).join(';').trim() + ')')))`,
  );
}

/** Time after which a page that was resized is as it stays, in ms. */
const settleMs = 2_000;

/** Elements for which the page scrolls sideways once it has settled: a text field measures itself anew some time after a resize. */
export async function sideways(page: Page): Promise<string[]> {
  const wide = () =>
    page.evaluate<string[]>(`document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('main *, header *')]
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 || element.getBoundingClientRect().left < -1)
    .slice(0, 3).map(({ tagName, className }) => tagName + ' ' + className)`);
  for (const deadline = performance.now() + settleMs; ;) {
    const found = await wide();
    if (found.length === 0 || performance.now() > deadline) return found;
    await page.waitForTimeout(50);
  }
}

/** The built panel in a browser, before an api process, a worker, the provider's simulator and a database of their own. */
export class PanelRig {
  private readonly contexts: BrowserContext[] = [];
  /** Faults of pages: errors in the console, breaches of the content security policy, answers of 500 and above. */
  private readonly faults: string[] = [];
  /** Answers of 500 and above that the tests provoke, as `503 POST /v1/media`. */
  readonly provoked = new Set<string>();

  private constructor(
    readonly api: ApiRig,
    private readonly browser: Browser,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<PanelRig> {
    if (!existsSync('dist/admin/index.html')) throw new Error('There is no built panel. Build it first: npm run build');
    const [api, browser] = await Promise.all([
      ApiRig.start(env, undefined, true),
      chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] }),
    ]);
    await api.work();
    return new PanelRig(api, browser);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.api.stop();
  }

  /** Closes the pages of a test. @throws Error when one of them complained */
  async closePages(): Promise<void> {
    await Promise.all(this.contexts.splice(0).map((context) => context.close()));
    const faults = this.faults.splice(0);
    if (faults.length > 0) throw new Error(`The panel complained:\n${faults.join('\n')}`);
  }

  /** A page of a browser that nobody used before. */
  async open(path = '/admin/', options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({
      baseURL: this.api.urls[0] as string,
      viewport: widths.wide,
      locale: 'en-GB',
      timezoneId: 'Europe/London',
      reducedMotion: 'reduce',
      ...options,
    });
    context.setDefaultTimeout(20_000);
    this.contexts.push(context);
    const page = await context.newPage();
    page.on('pageerror', (error) => this.faults.push(`${page.url()}: ${error.stack ?? error.message}`));
    page.on('console', (message) => {
      // Answers that refuse are part of what is tested; the browser notes them too.
      if (['error', 'warning'].includes(message.type()) && !message.text().startsWith('Failed to load resource'))
        this.faults.push(`${page.url()}: ${message.text()}`);
    });
    page.on('response', (response) => {
      const asked = `${response.status()} ${response.request().method()} ${new URL(response.url()).pathname}`;
      if (response.status() >= 500 && !this.provoked.has(asked))
        this.faults.push(`${response.request().method()} ${response.url()}: ${response.status()}`);
    });
    await page.goto(path);
    return page;
  }

  /** A person with these roles, in a browser where a link has signed the person in. @param tenantId the client that is chosen */
  async person(grants: Grant[], { tenantId, ...options }: BrowserContextOptions & { tenantId?: string } = {}): Promise<Page> {
    const { email } = await this.api.invited(grants);
    const link = await this.api.get(StaffAuth).signInLink(email);
    const page = await this.open('/admin/login', options);
    if (tenantId) await page.evaluate(`localStorage.setItem('heliograph.client', ${JSON.stringify(tenantId)})`);
    await page.goto(link as string);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('navigation').waitFor();
    return page;
  }

  /** The address with which a person who was invited sets a password. */
  async invitation(grants: Grant[]): Promise<{ email: string; url: string }> {
    const { id, email } = await this.api.invited(grants);
    return { email, url: (await this.api.get(Invitations).link(id)).url };
  }
}
