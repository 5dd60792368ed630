export * from './kafka-double';
export * from './rabbitmq-server';
