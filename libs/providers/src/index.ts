import './provider-log-fields';

export * from './number-spellings';
export * from './providers.module';
export * from './wasender/addresses';
export * from './wasender/wasender.config';
export { WasenderProvider } from './wasender/wasender.provider';
export * from './whatsapp-provider';
