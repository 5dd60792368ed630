export * from './expression';
export * from './text-template';
export * from './variables';
export * from './within-time';
