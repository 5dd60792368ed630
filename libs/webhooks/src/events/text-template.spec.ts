import type { EventScope } from './expression';
import { readTemplate } from './text-template';

/** A scope whose first uses stop the process for as long as a busy machine might. */
function slowScope(uses: number): EventScope {
  let left = uses;
  return {
    payload: {
      get name() {
        if (left-- > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 80);
        return 'Priya';
      },
    },
  } as unknown as EventScope;
}

describe('a text template', () => {
  const template = readTemplate({ text: 'Hello {{ payload.name }}{{ payload.name }}, all well?' });

  it('is filled in although the process was stopped for a moment meanwhile', () => {
    expect(template.fill(slowScope(1))).toEqual({ text: 'Hello PriyaPriya, all well?' });
  });

  it('is given up when it takes too long each time', () => {
    expect(() => template.fill(slowScope(100))).toThrow('render limit exceeded');
  });
});
