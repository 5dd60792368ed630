export * from './fake-provider';
export * from './tenants-process';
