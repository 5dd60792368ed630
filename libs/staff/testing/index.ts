export * from './mail-server';
export * from './openid-provider';
export * from './staff-process';
export * from './totp';
