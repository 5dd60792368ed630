import { AppError } from '../errors/app-error';
import { declareOperatorPage, guardOperatorPages, policyOf, type OperatorPagesConfig } from './operator-pages';

const token = 'a-token-of-operators';
const production = { NODE_ENV: 'production', PAGES_TOKEN: token } as const;

function answer(url: string, authorization: string | undefined, config: OperatorPagesConfig): string {
  try {
    guardOperatorPages(url, authorization, config);
    return 'shown';
  } catch (error) {
    return (error as AppError).code;
  }
}

declareOperatorPage('/metrics');
declareOperatorPage('/docs', 'script-src here');

describe('pages for operators', () => {
  it.each(['/metrics', '/metrics?x', '/docs', '/docs/openapi.json', '/docs/swagger-ui.css', '/docs-json'])(
    'are guarded in production: %s',
    (url) => {
      expect(answer(url, undefined, production)).toBe('unauthenticated');
      expect(answer(url, 'Bearer wrong', production)).toBe('unauthenticated');
      expect(answer(url, `Bearer ${token}`, production)).toBe('shown');
      expect(answer(url, `Basic ${Buffer.from(`me:${token}`).toString('base64')}`, production)).toBe('shown');
      expect(answer(url, 'Bearer ', { NODE_ENV: 'production' })).toBe('not_found');
      expect(answer(url, undefined, { ...production, PAGES_OPEN: true })).toBe('shown');
      expect(answer(url, undefined, { NODE_ENV: 'development' })).toBe('shown');
      expect(answer(url, undefined, { NODE_ENV: 'development', PAGES_OPEN: false })).toBe('not_found');
    },
  );

  it('have the policy they were declared with, and so have the paths below them', () => {
    expect(['/docs', '/docs/x', '/docsy', '/metrics', '/'].map(policyOf)).toEqual([
      'script-src here',
      'script-src here',
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('are the only guarded paths', () => {
    for (const url of ['/v1/tenant', '/health/ready', '/docsy', '/']) expect(answer(url, undefined, production)).toBe('shown');
  });
});
