import { durationFromMs, durationMs } from '@bufbuild/protobuf/wkt';
import { RelayMode } from '@longwire/contracts/connect/config/v1/domain';
import type { Domain, EdgePolicy } from '@longwire/contracts/connect/config/v1/domain';
import { useState } from 'react';
import { domainService } from '../api.ts';
import { count } from '../figures.ts';
import { formText } from '../form-text.ts';
import { useDomainWrite } from '../use-domain-write.ts';
import { wholeBigInt, wholeNumber } from '../whole-number.ts';
import { FormDialog } from './dialog.tsx';
import { TextArea, TextField } from './field.tsx';
import { Select } from './select.tsx';
import { limitsText } from './standing.tsx';

/** Fields that hold a number: their names in the contract and in words. 0 is no limit. */
const counts = [
  { name: 'maxConnections', field: 'max_connections', label: 'Connections at once' },
  { name: 'maxHandshakesPerSecond', field: 'max_handshakes_per_second', label: 'Handshakes per second' },
  { name: 'maxBytesPerSecond', field: 'max_bytes_per_second', label: 'Bytes per second' },
] as const;
/** The same, of bytes. */
const sizes = [
  { name: 'maxFrameBytesFromClient', field: 'max_frame_bytes_from_client', label: 'Largest frame from clients' },
  { name: 'maxFrameBytesFromOrigin', field: 'max_frame_bytes_from_origin', label: 'Largest frame from the origin' },
  { name: 'maxMessageBytesFromClient', field: 'max_message_bytes_from_client', label: 'Largest message from clients' },
  {
    name: 'maxMessageBytesFromOrigin',
    field: 'max_message_bytes_from_origin',
    label: 'Largest message from the origin',
  },
] as const;

const modes = {
  [RelayMode.TUNNEL]: 'Tunnel: frames pass as they are',
  [RelayMode.STRICT]: 'Strict: frames that break RFC 6455 do not pass',
};

/** What edges hold the clients of a domain to. */
export function Policy({ domain, mayChange }: { domain: Domain; mayChange: boolean }) {
  const { edgePolicy: policy, grantedLimits: granted } = domain;
  const [isEditing, setEditing] = useState(false);
  if (!policy) return null;
  return (
    <section className="card" aria-labelledby="policy">
      <div className="card-head">
        <h2 id="policy">Edge policy</h2>
        {mayChange && (
          <button className="button button-small" type="button" onClick={() => setEditing(true)}>
            Edit policy
          </button>
        )}
      </div>
      <p className="muted">Of each edge process, for connections opened from now on.</p>
      <dl className="facts">
        <dt>Relay</dt>
        <dd>{modes[modeOf(policy)]}</dd>
        {counts.map(({ name, label }) => (
          <Fact key={name} label={label} value={Number(policy[name])} />
        ))}
        {sizes.map(({ name, label }) => (
          <Fact key={name} label={label} value={Number(policy[name])} unit="bytes" />
        ))}
        <dt>Web origins</dt>
        <dd>{policy.allowedOrigins.join(', ') || 'all'}</dd>
        <dt>Subprotocols</dt>
        <dd>{policy.allowedSubprotocols.join(', ') || 'all'}</dd>
        <dt>Pings</dt>
        <dd>{pingSeconds(policy) === 0 ? 'none' : `every ${pingSeconds(policy)} s`}</dd>
        {granted !== undefined && (granted.bandwidthBps > 0n || granted.connections > 0n) && (
          <>
            <dt>Granted to the account</dt>
            <dd>{limitsText(granted)}</dd>
          </>
        )}
      </dl>
      <Edit domain={domain} policy={policy} isOpen={isEditing} onClose={() => setEditing(false)} />
    </section>
  );
}

function Fact({ label, value, unit = '' }: { label: string; value: number; unit?: string }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{value === 0 ? 'no limit' : `${count(value)} ${unit}`}</dd>
    </>
  );
}

type EditProps = { domain: Domain; policy: EdgePolicy; isOpen: boolean; onClose: () => void };

function Edit({ domain: { domainName, etag }, policy, isOpen, onClose }: EditProps) {
  const update = useDomainWrite(
    (form: FormData, requestId) =>
      domainService.updateEdgePolicy({ domainName, edgePolicy: readPolicy(form), etag, requestId }),
    onClose,
  );
  const fields = update.problem?.fields ?? {};
  const errorOf = (field: string) => fields[`edge_policy.${field}`];
  /** A list shows what is wrong with any of its entries. */
  const listErrorOf = (field: string) =>
    Object.entries(fields).find(([path]) => path.startsWith(`edge_policy.${field}`))?.[1];
  return (
    <FormDialog
      title="Edge policy"
      lead="0 is no limit; an empty list allows all."
      verb="Save"
      write={update}
      shows={['edge_policy']}
      onSubmit={update.run}
      {...{ isOpen, onClose }}
    >
      <Select name="relayMode" label="Relay" choices={modes} initial={String(modeOf(policy))} />
      <div className="pairs">
        {[...counts, ...sizes.map((size) => ({ ...size, label: `${size.label}, bytes` }))].map(
          ({ name, field, label }) => (
            <TextField
              key={name}
              name={name}
              label={label}
              inputMode="numeric"
              defaultValue={String(policy[name])}
              error={errorOf(field)}
            />
          ),
        )}
        <TextField
          name="pingInterval"
          label="Ping every (seconds)"
          inputMode="numeric"
          defaultValue={pingSeconds(policy)}
          error={errorOf('ping_interval')}
        />
      </div>
      <TextArea
        name="allowedOrigins"
        label="Web origins whose pages may connect"
        hint="One a line, for example https://app.example.com or https://*.example.com."
        defaultValue={policy.allowedOrigins.join('\n')}
        error={listErrorOf('allowed_origins')}
      />
      <TextArea
        name="allowedSubprotocols"
        label="Subprotocols that may be offered"
        hint="One a line."
        defaultValue={policy.allowedSubprotocols.join('\n')}
        error={listErrorOf('allowed_subprotocols')}
      />
    </FormDialog>
  );
}

function modeOf({ relayMode }: EdgePolicy): RelayMode.TUNNEL | RelayMode.STRICT {
  return relayMode === RelayMode.STRICT ? RelayMode.STRICT : RelayMode.TUNNEL;
}

function pingSeconds({ pingInterval }: EdgePolicy): number {
  return pingInterval ? durationMs(pingInterval) / 1000 : 0;
}

function readPolicy(form: FormData) {
  const lines = (name: string) =>
    formText(form, name)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  const count32 = (name: string) => wholeNumber(formText(form, name));
  const count64 = (name: string) => wholeBigInt(formText(form, name));
  return {
    relayMode: formText(form, 'relayMode') === String(RelayMode.STRICT) ? RelayMode.STRICT : RelayMode.TUNNEL,
    maxConnections: count32('maxConnections'),
    maxHandshakesPerSecond: count32('maxHandshakesPerSecond'),
    maxBytesPerSecond: count64('maxBytesPerSecond'),
    maxFrameBytesFromClient: count64('maxFrameBytesFromClient'),
    maxFrameBytesFromOrigin: count64('maxFrameBytesFromOrigin'),
    maxMessageBytesFromClient: count64('maxMessageBytesFromClient'),
    maxMessageBytesFromOrigin: count64('maxMessageBytesFromOrigin'),
    pingInterval: durationFromMs(count32('pingInterval') * 1000),
    allowedOrigins: lines('allowedOrigins'),
    allowedSubprotocols: lines('allowedSubprotocols'),
  };
}
