import { keptText } from './kept-text';

describe('the kept start of what another server said', () => {
  it('has no secret, in plain or as JSON and PHP spell it, also where the text ends within it', () => {
    expect(keptText('a se/cret"s b', ['se/cret"s'], 100)).toBe('a [redacted] b');
    expect(keptText('{"a":"se\\/cret\\"s"} {"a":"se/cret\\"s"}', ['se/cret"s'], 100)).toBe('{"a":"[redacted]"} {"a":"[redacted]"}');
    expect(keptText('abc secret', ['secret'], 8)).toBe('abc [red');
    expect(keptText('a word', ['word'], 100)).toBe('a word');
  });

  it('can be stored', () => {
    expect(keptText('a\u0000b👍', [], 3)).toBe('ab');
  });
});
