export * from './openid-provider';
export * from './staff-process';
export * from './totp';
