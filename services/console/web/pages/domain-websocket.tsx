import { durationFromMs, durationMs } from '@bufbuild/protobuf/wkt';
import { BackToOriginProtocol } from '@longwire/contracts/connect/config/v1/domain';
import type { Domain, WebSocketSettings } from '@longwire/contracts/connect/config/v1/domain';
import { useState } from 'react';
import { domainService, sentence } from '../api.ts';
import { formText } from '../form-text.ts';
import { Command } from '../parts/command.tsx';
import { ConfirmDialog, FormDialog } from '../parts/dialog.tsx';
import { Policy } from '../parts/edge-policy.tsx';
import { TextField } from '../parts/field.tsx';
import { Heartbeats } from '../parts/heartbeats.tsx';
import { isUnproven } from '../parts/ownership.tsx';
import { ProblemNote } from '../parts/problem.tsx';
import { Rollout } from '../parts/rollout.tsx';
import { Select } from '../parts/select.tsx';
import { Switch } from '../parts/switch.tsx';
import { useSession } from '../session.tsx';
import { useDomainWrite, useMayChange } from '../use-domain-write.ts';
import { wholeNumber } from '../whole-number.ts';

const defaultHeartbeatMs = 60_000;

const protocols = {
  [BackToOriginProtocol.FOLLOW]: 'Follow: as the client came',
  [BackToOriginProtocol.HTTP]: 'HTTP (ws)',
  [BackToOriginProtocol.HTTPS]: 'HTTPS (wss)',
};

/** The switch, the settings, how far they have come, and a command to try. */
export function DomainWebSocket({ domain }: { domain: Domain }) {
  const mayChange = useMayChange();
  return (
    <>
      <Enabling domain={domain} mayChange={mayChange} />
      <Settings domain={domain} mayChange={mayChange} />
      <Heartbeats domain={domain} mayChange={mayChange} />
      <Policy domain={domain} mayChange={mayChange} />
      <section className="card" aria-labelledby="try">
        <h2 id="try">Try it</h2>
        <p className="muted">This opens a connection through an edge and sends what you type.</p>
        <TryCommand domainName={domain.domainName} />
      </section>
    </>
  );
}

type Props = { domain: Domain; mayChange: boolean };

function Enabling({ domain, mayChange }: Props) {
  const { domainName, etag, websocket, version } = domain;
  const [isAsking, setAsking] = useState(false);
  const enable = useDomainWrite((_: void, requestId) => domainService.enableWebSocket({ domainName, etag, requestId }));
  const disable = useDomainWrite(
    (_: void, requestId) => domainService.disableWebSocket({ domainName, etag, requestId }),
    () => setAsking(false),
  );
  const isOn = websocket?.enabled === true;
  return (
    <section className="card" aria-labelledby="websocket">
      <div className="card-head">
        <h2 id="websocket">WebSocket</h2>
        <Switch
          label="WebSocket"
          isOn={isOn}
          isDisabled={!mayChange || enable.isRunning || disable.isRunning}
          onChange={(on) => (on ? enable.run() : setAsking(true))}
        />
      </div>
      <p className="muted">{handshakesOf(domain)}</p>
      {websocket?.suspended && (
        <p className="note note-wait">
          The account is suspended: {sentence(websocket.suspensionReason)} Edges act as if WebSocket were off.
        </p>
      )}
      <Rollout domainName={domainName} version={version} />
      <ProblemNote
        problem={enable.problem}
        remedies={{
          ACTIVATION: { text: 'Apply for WebSocket', path: '/apply' },
          OWNERSHIP: { text: 'See the record to publish', path: `/domains/${encodeURIComponent(domainName)}` },
          HTTP2: { text: 'Go to HTTP/2', path: `/domains/${encodeURIComponent(domainName)}` },
        }}
      />
      <ConfirmDialog
        title={`Disable WebSocket for ${domainName}?`}
        verb="Disable and close connections"
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        write={disable}
        onConfirm={() => disable.run()}
      >
        Live connections are closed at once, and new ones are refused with 403.
      </ConfirmDialog>
    </section>
  );
}

/** What clients get as the domain is now. */
function handshakesOf(domain: Domain): string {
  if (isUnproven(domain)) return 'Nobody has proven whose domain this is: edges answer every handshake with 404.';
  return domain.websocket?.enabled === true
    ? 'Clients can connect. Edges forward to your origins.'
    : 'Edges answer every handshake with 403.';
}

function Settings({ domain, mayChange }: Props) {
  const { domainName, etag, websocket } = domain;
  const [isEditing, setEditing] = useState(false);
  const close = () => setEditing(false);
  const update = useDomainWrite(
    (form: FormData, requestId) =>
      domainService.updateWebSocketSettings({ domainName, ...readSettings(form), etag, requestId }),
    close,
  );
  const heartbeatSeconds = heartbeatOf(websocket) / 1000;
  const protocol = websocket?.backToOriginProtocol || BackToOriginProtocol.FOLLOW;
  return (
    <section className="card" aria-labelledby="settings">
      <div className="card-head">
        <h2 id="settings">Settings</h2>
        {mayChange && (
          <button className="button button-small" type="button" onClick={() => setEditing(true)}>
            Modify
          </button>
        )}
      </div>
      <dl className="facts">
        <dt>Heartbeat Time</dt>
        <dd>{heartbeatSeconds} s</dd>
        <dt>Back-to-Origin Protocol</dt>
        <dd>{protocols[protocol]}</dd>
      </dl>
      <FormDialog
        title="WebSocket settings"
        verb="Save"
        isOpen={isEditing}
        onClose={close}
        write={update}
        shows={['heartbeat_time']}
        onSubmit={update.run}
      >
        <TextField
          name="heartbeat"
          label="Heartbeat Time (seconds)"
          hint="A connection without a byte in either direction for this long is closed. 60 unless you change it."
          inputMode="numeric"
          defaultValue={heartbeatSeconds}
          error={update.problem?.fields['heartbeat_time']}
        />
        <Select
          name="protocol"
          label="Back-to-Origin Protocol"
          hint="How edges connect to your origins."
          choices={protocols}
          initial={String(protocol)}
        />
      </FormDialog>
    </section>
  );
}

function heartbeatOf(websocket: WebSocketSettings | undefined): number {
  return websocket?.heartbeatTime ? durationMs(websocket.heartbeatTime) : defaultHeartbeatMs;
}

const settable = [BackToOriginProtocol.FOLLOW, BackToOriginProtocol.HTTP, BackToOriginProtocol.HTTPS];

function readSettings(form: FormData) {
  return {
    heartbeatTime: durationFromMs(wholeNumber(formText(form, 'heartbeat')) * 1000),
    backToOriginProtocol:
      settable.find((protocol) => String(protocol) === formText(form, 'protocol')) ?? BackToOriginProtocol.UNSPECIFIED,
  };
}

function TryCommand({ domainName }: { domainName: string }) {
  const { edgeUrl } = useSession();
  const host = domainName.replace(/^\*/, 'www');
  const command =
    edgeUrl === null ? `npx -y wscat --connect wss://${host}/` : `npx -y wscat --connect ${edgeUrl} --host ${host}`;
  return <Command label="Command to try the domain" text={command} />;
}
