export * from './inbound/channels.repository';
export { HookAnswers, hookAnswerTimes } from './inbound/hook-answers.repository';
export { HookInbox } from './inbound/hook-inbox';
import './inbound/inbound.config';
export type { InboundConfig } from './inbound/inbound.config';
export { InboundModule } from './inbound/inbound.module';
export { LastHooks, maxLookedAt } from './inbound/last-hooks.repository';
export { maxHooksOfMessage, type MessageHook, MessageHooks } from './inbound/message-hooks.repository';
export {
  type CallbackEndpoint,
  CallbackEndpoints,
  type EndpointSettings,
  maxPending,
  sealedCallbackColumns,
} from './outbound/callback-endpoints.repository';
export { type CallbackAttempt, CallbackLog, callbackStates, type LoggedCallback, maxCounted } from './outbound/callback-log.repository';
export { type CallbackType, callbackTypeNames, callbackTypes, callbackVersion } from './outbound/callback-types';
export { replayVerb, storedCallbackFilter } from './outbound/callback-verbs';
import './outbound/callback-records.repository';
import './outbound/outbound.config';
export type { OutboundConfig } from './outbound/outbound.config';
export { OutboundModule } from './outbound/outbound.module';
export { signature } from './outbound/signature';
export { callTimes, endpointsInNeed, endpointStates, pendingCallbacksOf } from './outbound/endpoint-attention.repository';
