import { BackToOriginProtocol, Domain } from '@longwire/contracts/config/v1/domain';
import { HistoryEntry } from '@longwire/contracts/config/v1/domain_service';
import { etagOf } from '@longwire/eventlog';
import type { BackToOrigin } from './domain.ts';
import type { DomainView, HistoryEntry as HistoryView } from './read-model.ts';

/** A domain as callers see it. */
export function domainMessage({ state, version, createTime, updateTime }: DomainView): Domain {
  return Domain.create({
    domainName: state.domainName,
    accountId: state.accountId,
    origins: state.origins,
    icpNumber: state.icpNumber,
    http2Enabled: state.http2Enabled,
    websocket: {
      enabled: state.websocketEnabled,
      heartbeatTime: { seconds: BigInt(state.heartbeatSeconds), nanos: 0 },
      backToOriginProtocol: protocols[state.backToOrigin],
    },
    createTime,
    updateTime,
    version: BigInt(version),
    etag: etagOf(version),
  });
}

/** One event of a domain as callers see it. */
export function historyMessage({ version, time, actor, event }: HistoryView): HistoryEntry {
  const { type, ...fields } = event;
  const details = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, JSON.stringify(value)]));
  return HistoryEntry.create({ version: BigInt(version), time, actor, type, details });
}

const protocols: Record<BackToOrigin, BackToOriginProtocol> = {
  follow: BackToOriginProtocol.BACK_TO_ORIGIN_PROTOCOL_FOLLOW,
  http: BackToOriginProtocol.BACK_TO_ORIGIN_PROTOCOL_HTTP,
  https: BackToOriginProtocol.BACK_TO_ORIGIN_PROTOCOL_HTTPS,
};
