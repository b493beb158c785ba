import type { Duration } from '@bufbuild/protobuf/wkt';
import { durationFromMs, durationMs } from '@bufbuild/protobuf/wkt';
import type { Domain } from '@longwire/contracts/connect/config/v1/domain';
import { Fragment, useState } from 'react';
import { domainService, sentence } from '../api.ts';
import { formText } from '../form-text.ts';
import { useDomainWrite } from '../use-domain-write.ts';
import { wholeNumber } from '../whole-number.ts';
import { FormDialog } from './dialog.tsx';
import { TextField } from './field.tsx';

/** The rule client ≤ Longwire ≤ origin as a picture, with what is declared, and what is wrong with it. */
export function Heartbeats({ domain, mayChange }: { domain: Domain; mayChange: boolean }) {
  const { websocket, warnings } = domain;
  const [isEditing, setEditing] = useState(false);
  const isWrong = (...types: string[]) => warnings.some(({ type }) => types.includes(type));
  const links = [
    { name: 'Clients', does: 'send one every', time: websocket?.clientHeartbeat },
    { name: 'Longwire', does: 'closes after', time: websocket?.heartbeatTime },
    { name: 'Origin', does: 'closes after', time: websocket?.originHeartbeat },
  ];
  const breaks = [isWrong('CLIENT_ABOVE_EDGE', 'CLIENT_ABOVE_ORIGIN'), isWrong('EDGE_ABOVE_ORIGIN')];
  return (
    <section className="card" aria-labelledby="heartbeats">
      <div className="card-head">
        <h2 id="heartbeats">Heartbeats</h2>
        {mayChange && (
          <button className="button button-small" type="button" onClick={() => setEditing(true)}>
            Declare
          </button>
        )}
      </div>
      <p className="muted">
        Clients must speak at least as often as Longwire waits, and Longwire must not wait longer than the origin.
      </p>
      <ol className="chain" aria-label="Client, Longwire, origin">
        {links.map(({ name, does, time }, index) => (
          <Fragment key={name}>
            {index > 0 && (
              <li className={breaks[index - 1] ? 'chain-sign chain-broken' : 'chain-sign'}>
                <span aria-hidden>{breaks[index - 1] ? '≰' : '≤'}</span>
                <span className="hidden">{breaks[index - 1] ? 'must be at most, and is not' : 'at most'}</span>
              </li>
            )}
            <li className="chain-link">
              <strong>{name}</strong>
              <span className="muted">{does}</span>
              <span className="chain-time">{textOf(time)}</span>
            </li>
          </Fragment>
        ))}
      </ol>
      {warnings.length > 0 && (
        <div className="note note-wait">
          <ul>
            {warnings.map(({ type, description }) => (
              <li key={type}>{sentence(description)}</li>
            ))}
          </ul>
        </div>
      )}
      <Declare domain={domain} isOpen={isEditing} onClose={() => setEditing(false)} />
    </section>
  );
}

function Declare({ domain, isOpen, onClose }: { domain: Domain; isOpen: boolean; onClose: () => void }) {
  const { domainName, etag, websocket } = domain;
  const declare = useDomainWrite(
    (form: FormData, requestId) =>
      domainService.declareHeartbeats({
        domainName,
        ...readTime('clientHeartbeat', form),
        ...readTime('originHeartbeat', form),
        etag,
        requestId,
      }),
    onClose,
  );
  const fields = declare.problem?.fields ?? {};
  return (
    <FormDialog
      title="Declare heartbeats"
      lead="What you say of your own clients and servers; Longwire compares it with its heartbeat time."
      verb="Save"
      write={declare}
      shows={['client_heartbeat', 'origin_heartbeat']}
      onSubmit={declare.run}
      {...{ isOpen, onClose }}
    >
      <TextField
        name="clientHeartbeat"
        label="Clients send one every (seconds)"
        hint="Leave it empty if you do not know."
        inputMode="numeric"
        defaultValue={secondsOf(websocket?.clientHeartbeat)}
        error={fields['client_heartbeat']}
      />
      <TextField
        name="originHeartbeat"
        label="The origin closes after (seconds)"
        inputMode="numeric"
        defaultValue={secondsOf(websocket?.originHeartbeat)}
        error={fields['origin_heartbeat']}
      />
    </FormDialog>
  );
}

function readTime(name: 'clientHeartbeat' | 'originHeartbeat', form: FormData) {
  const text = formText(form, name);
  return text === '' ? {} : { [name]: durationFromMs(wholeNumber(text) * 1000) };
}

function secondsOf(time: Duration | undefined): number | '' {
  return time ? durationMs(time) / 1000 : '';
}

function textOf(time: Duration | undefined): string {
  return time ? `${secondsOf(time)} s` : 'not declared';
}
