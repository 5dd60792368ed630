import guide from '../../../../docs/CALLBACKS.md?raw';

/** Languages of the samples, by the name of their code in the guide. */
export const sampleLanguages = { js: 'Node', python: 'Python', php: 'PHP', go: 'Go' } as const;
type Fence = keyof typeof sampleLanguages;

/** Code that verifies a signature, by language: the samples of docs/CALLBACKS.md, which has them alone. */
export function signatureSamples(text: string = guide): Map<Fence, string> {
  const receiving = /\n## Receiving\n([\s\S]*?)(?=\n## |$)/.exec(text)?.[1] ?? '';
  const samples = new Map<Fence, string>();
  for (const [, fence = '', code = ''] of receiving.matchAll(/```(\w+)\n([\s\S]*?)\n```/g))
    if (fence in sampleLanguages) samples.set(fence as Fence, code);
  return samples;
}
