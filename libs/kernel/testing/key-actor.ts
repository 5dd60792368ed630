import type { Actor } from '../src';

/** Returns an API key of this name as an actor. */
export const keyActor = (name: string): Actor => ({ kind: 'key', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d0', name });
