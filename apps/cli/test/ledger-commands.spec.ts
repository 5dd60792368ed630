import { refusalOf } from '../src/ledger-commands';

const progress = { sessions: 5, compared: 5, withoutAccount: 0, found: 0, mayDuplicate: 3 };

describe('a release of the ledger', () => {
  it('needs nothing more once every session is compared', () => expect(refusalOf(progress)).toBeNull());

  it('names sessions that a worker will compare apart from those that nobody can', () => {
    expect(refusalOf({ ...progress, compared: 3 })).toMatch(/^2 of 5 sessions are not compared.*Wait for a worker/);
    expect(refusalOf({ ...progress, compared: 3, withoutAccount: 2 })).toMatch(
      /^2 of 5 sessions have no provider account.*waiting does not help/,
    );
    expect(refusalOf({ ...progress, compared: 3, withoutAccount: 1 })?.split('\n')).toEqual([
      expect.stringMatching(/^1 of 5 sessions are not compared/),
      expect.stringMatching(/^1 of 5 sessions have no provider account/),
    ]);
  });
});
