export * from './staff-process';
export * from './totp';
