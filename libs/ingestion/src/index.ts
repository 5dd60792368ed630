export * from './brokers/broker-links.repository';
export * from './brokers/broker-poison.repository';
export * from './brokers/brokers.config';
export {
  eventKey,
  eventName,
  eventSubject,
  type EventSubject,
  eventTypeBody,
  type EventTypeBody,
  sendEventBody,
  type SendEventBody,
} from './events/event-body';
export * from './events/event-evaluation';
export * from './events/event-intake';
export * from './events/event-trial';
export * from './events/event-types.repository';
export { eventReplayVerb, storedEventFilter } from './events/event-verbs';
export * from './events/events.config';
export * from './events/events.repository';
export * from './rules/event-rules.repository';
export * from './rules/rule-body';
export * from './ingestion.module';
