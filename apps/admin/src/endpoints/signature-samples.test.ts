import { describe, expect, it } from 'vitest';
import { sampleLanguages, signatureSamples } from './signature-samples';

describe('samples of the signature', () => {
  it('come from the guide, one for each language', () => {
    const samples = signatureSamples();
    expect([...samples.keys()]).toEqual(Object.keys(sampleLanguages));
    for (const code of samples.values()) expect(code).toMatch(/verify/i);
  });

  it('are those of the section about receiving alone', () => {
    expect([...signatureSamples('# A\n\n```js\nno\n```\n\n## Receiving\n\n```js\nyes\n```\n\n## B\n\n```go\nno\n```\n')]).toEqual([
      ['js', 'yes'],
    ]);
  });
});
