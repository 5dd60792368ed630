import { ConfigError, loadConfig } from './load-config';
import { Registry } from './registry';

function aRegistry() {
  const duties = new Registry<number>();
  duties.register('sweep', 1);
  duties.register('cook', 2);
  duties.register('sweep', 3);
  duties.register('nap');
  return duties;
}

function read(duties: Registry<number>, text: string | undefined): unknown {
  try {
    return loadConfig([{ DUTIES: duties.schema }], { DUTIES: text }).DUTIES;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

describe('a key that selects from registered names', () => {
  it('holds the given names, each once, and all names when it is unset', () => {
    const duties = aRegistry();
    expect(read(duties, 'sweep, cook,sweep,')).toEqual(['sweep', 'cook']);
    expect(read(duties, undefined)).toEqual(['cook', 'sweep']);
    expect(read(duties, '')).toEqual(['cook', 'sweep']);
    expect([duties.of(['sweep']), duties.of(['cook', 'sweep'])]).toEqual([
      [1, 3],
      [1, 3, 2],
    ]);
  });

  it.each([
    ['that nobody registered', 'sweep,hunter2'],
    ['that stands for nothing', 'nap'],
    ['that is only commas', ' , '],
  ])('refuses a name %s and lists the known names, not the value', (_what, text) => {
    expect(read(aRegistry(), text)).toBe(
      'The configuration has 1 fault(s):\n  DUTIES: must be one or more of cook, sweep; every other name would do nothing',
    );
  });

  it('accepts names that were registered after its creation, and any name in a process without owners', () => {
    const duties = new Registry<number>();
    const { schema } = duties;
    expect([schema.parse('anything'), schema.parse(undefined)]).toEqual([['anything'], []]);
    duties.register('late', 1);
    expect([schema.safeParse('anything').success, schema.parse(undefined)]).toEqual([false, ['late']]);
  });

  it('knows names that were announced without an item, and refuses every other', () => {
    const duties = new Registry<number>();
    duties.announce('sweep', 'cook');
    expect([read(duties, undefined), read(duties, 'sweep'), duties.of(['sweep'])]).toEqual([['cook', 'sweep'], ['sweep'], []]);
    expect(read(duties, 'nap')).toMatch(/must be one or more of cook, sweep;/);
  });
});
