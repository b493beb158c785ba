export { type ClickHouse, startClickHouse } from './clickhouse.ts';
export { freePort } from './free-port.ts';
export { type NatsOptions, type NatsServer, startNats } from './nats.ts';
export { startIssuer } from './issuer.ts';
export type { TestIssuer } from './issuer.ts';
export { readGolden } from './golden.ts';
export type { GoldenHistory } from './golden.ts';
export { startProxy } from './proxy.ts';
export type { Proxy } from './proxy.ts';
