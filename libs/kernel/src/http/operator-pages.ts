import type { KernelConfig } from '../config/kernel.config';
import { matchesSecret } from '../crypto/secrets';
import { AppError, notFound } from '../errors/app-error';

/** Access rules of the pages for operators. */
export type OperatorPagesConfig = Partial<Pick<KernelConfig, 'NODE_ENV' | 'PAGES_OPEN' | 'PAGES_TOKEN'>>;

/** Paths of pages, each with its content security policy if it needs one. */
const pages = new Map<string, string | undefined>();

/** Declares a page for operators: the path and all paths below it. Call it before the process listens. */
export function declareOperatorPage(path: string, policy?: string): void {
  pages.set(path, policy);
}

/** Returns the content security policy of a declared page; undefined: it has none of its own. */
export function policyOf(url: string): string | undefined {
  return [...pages].find(([path]) => url === path || url.startsWith(`${path}/`))?.[1];
}

function isOperatorPage(route: string): boolean {
  return [...pages.keys()].some((path) => route.startsWith(path) && /^([/?#-]|$)/.test(route.slice(path.length)));
}

/** Requires the operators' token on their pages unless these are open. Without a configured token these pages answer 404. */
export function guardOperatorPages(
  route: string,
  authorization: string | undefined,
  { NODE_ENV, PAGES_OPEN, PAGES_TOKEN }: OperatorPagesConfig,
): void {
  if (!isOperatorPage(route) || (PAGES_OPEN ?? NODE_ENV !== 'production')) return;
  if (!PAGES_TOKEN) throw notFound('page');
  if (matchesSecret(tokenOf(authorization), [PAGES_TOKEN])) return;
  throw new AppError('unauthenticated', 'invalid_token', 'Send the operator token, as a bearer token or as a password.', {
    headers: { 'www-authenticate': 'Bearer realm="heliograph", Basic realm="heliograph"' },
  });
}

/** Returns a bearer token, or the password of basic authentication, which a browser can send. */
function tokenOf(authorization = ''): string {
  const [, scheme = '', value = ''] = /^(bearer|basic) +(\S+)$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  const pair = Buffer.from(value, 'base64').toString();
  return pair.slice(pair.indexOf(':') + 1);
}
