import { z } from 'zod';
import { declareConfig, declaredConfig, declaredShapes } from './declared-config';
import { kernelConfig } from './kernel.config';

describe('declareConfig', () => {
  it('keeps the parts of all loaded libs, lower libs first', () => {
    const shape = declareConfig('Upper lib', { UPPER_KEY: z.string(), LOWER_KEY: z.string() }, [['UPPER_KEY', 'LOWER_KEY']]);
    expect(declaredConfig()).toEqual([
      { title: 'Every process', shape: kernelConfig, together: [] },
      { title: 'Upper lib', shape, together: [['UPPER_KEY', 'LOWER_KEY']] },
    ]);
    expect(declaredShapes()).toEqual([kernelConfig, shape]);
  });

  it('refuses a key that another lib has declared', () => {
    expect(() => declareConfig('Other lib', { PORT: z.string(), OTHER_KEY: z.string() })).toThrow('Declared by two libs: PORT.');
    expect(declaredConfig().map(({ title }) => title)).not.toContain('Other lib');
  });
});
