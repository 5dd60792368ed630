export * from './expression';
export * from './text-template';
export type { UsedVariable } from './used-variables';
export * from './variables';
export * from './within-time';
