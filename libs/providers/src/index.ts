import './provider-log-fields';

export * from './number-spellings';
export * from './providers.module';
import './wasender/wasender.config';
export type { ProvidersConfig, SimulatorConfig } from './wasender/wasender.config';
export { WasenderProvider } from './wasender/wasender.provider';
export {
  type AccountCredential,
  clampedWaitMs,
  type HookAddress,
  type HookFact,
  type LinkAnswer,
  type MediaCopy,
  type MessageContent,
  type MessageInfo,
  type MessageLogPage,
  type MessageLogRow,
  type OutboundMessage,
  type ParsedHook,
  type ProviderCapabilities,
  type ProviderResult,
  type ProviderSession,
  type ProviderSessionSettings,
  type ProviderSessionStatus,
  receiptRanks,
  type ReceiptStatus,
  type SendOutcome,
  type SessionCredential,
  type SessionIdentity,
  type UnreadableReason,
  WHATSAPP_PROVIDER,
  type WhatsAppProvider,
} from './whatsapp-provider';
