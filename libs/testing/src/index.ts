export { type NatsOptions, type NatsServer, startNats } from './nats.ts';
