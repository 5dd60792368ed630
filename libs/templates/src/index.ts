export * from './expression';
export * from './text-template';
export * from './within-time';
