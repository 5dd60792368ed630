import { describe, expect, it } from 'vitest';
import { isFinished, stepsOf } from './steps';

const nothing = { hasClient: false, hasNumber: false, hasMessage: false, hasEndpoint: false };

describe('the guide to the first message', () => {
  it('begins with the client', () => {
    expect(stepsOf(nothing).map(({ state }) => state)).toEqual(['now', 'later', 'later', 'later']);
  });

  it('ticks what the data show, in any order, and asks for the first gap', () => {
    const steps = stepsOf({ ...nothing, hasClient: true, hasMessage: true });
    expect(steps).toEqual([
      { name: 'client', state: 'done' },
      { name: 'number', state: 'now' },
      { name: 'message', state: 'done' },
      { name: 'endpoint', state: 'later' },
    ]);
    expect(isFinished(steps)).toBe(false);
  });

  it('is finished when all four are there', () => {
    expect(isFinished(stepsOf({ hasClient: true, hasNumber: true, hasMessage: true, hasEndpoint: true }))).toBe(true);
  });
});
