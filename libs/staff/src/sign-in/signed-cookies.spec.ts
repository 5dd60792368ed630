import { createHmac } from 'node:crypto';
import { renewSignatures } from './signed-cookies';

const signed = (value: string, secret: string) =>
  encodeURIComponent(`${value}.${createHmac('sha256', secret).update(value).digest('base64')}`);

describe('the signature of a cookie', () => {
  it('of an older secret becomes one of the first, among other cookies', () => {
    const header = (secret: string) => `a=b; heliograph=${signed('token.with.dots', secret)}; c="d=e"; f`;
    expect(renewSignatures(header('older'), ['first', 'between', 'older'])).toBe(header('first'));
    expect(renewSignatures(header('first'), ['first', 'older'])).toBe(header('first'));
  });

  it.each([
    ['of an unknown secret', `heliograph=${signed('token', 'gone')}`],
    ['of another value', `heliograph=${signed('token', 'older').replace('token', 'taken')}`],
    ['of another length', `heliograph=${signed('token', 'older').slice(0, -4)}`],
    ['that is none', 'heliograph=token'],
    ['in a broken cookie', 'heliograph=%E0%A4%A; ; =; x'],
  ])('%s stays as it is', (_what, header) => {
    expect(renewSignatures(header, ['first', 'older'])).toBe(header);
  });
});
