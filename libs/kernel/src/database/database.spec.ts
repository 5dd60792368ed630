import { isRetryable, isStorageDown, isTooSlow, sqlState } from './database';

const withCode = (code: string, message = '') => Object.assign(new Error(message), { code });

describe('an error of the database', () => {
  it.each([
    withCode('ECONNREFUSED'),
    withCode('ECONNRESET'),
    withCode('EPIPE', 'write EPIPE'),
    withCode('57P01', 'terminating connection due to administrator command'),
    withCode('57P03', 'the database system is starting up'),
    withCode('08006'),
    withCode('53300', 'sorry, too many clients already'),
    withCode('53100', 'could not extend file: No space left on device'),
    new Error('Connection terminated unexpectedly'),
    new Error('timeout exceeded when trying to connect'),
    { driverError: withCode('57P01') },
  ])('means that storage is down: %p', (error) => {
    expect([isStorageDown(error), isRetryable(error)]).toEqual([true, false]);
  });

  it.each([withCode('23505'), withCode('42P01'), withCode('22P02'), new Error('anything'), 'a text', null, undefined, { code: 57 }])(
    'means neither that storage is down nor that a retry can help: %p',
    (error) => {
      expect([isStorageDown(error), isRetryable(error)]).toEqual([false, false]);
    },
  );

  it('allows a repeat of the transaction only after a deadlock or a serialization failure', () => {
    expect([withCode('40P01'), { driverError: withCode('40001') }].map(isRetryable)).toEqual([true, true]);
    expect(isRetryable(withCode('40002'))).toBe(false);
  });

  it('means only that a statement took too long, after a statement timeout', () => {
    const error = { driverError: withCode('57014') };
    expect([isTooSlow(error), isStorageDown(error), isRetryable(error)]).toEqual([true, false, false]);
    expect(isTooSlow(withCode('57P01'))).toBe(false);
  });

  it('has no SQLSTATE when its code is of another form', () => {
    expect([withCode('EPIPE'), withCode('ENOENT'), withCode('23505')].map(sqlState)).toEqual([undefined, undefined, '23505']);
  });
});
