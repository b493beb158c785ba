import { useQueryClient } from '@tanstack/react-query';
import { TlsVerification } from '@longwire/contracts/connect/config/v1/domain';
import type { Domain, Origin } from '@longwire/contracts/connect/config/v1/domain';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { domainService } from '../api.ts';
import { formText } from '../form-text.ts';
import { ConfirmDialog, FormDialog } from '../parts/dialog.tsx';
import { TextField } from '../parts/field.tsx';
import { OriginFields, readOrigins } from '../parts/origin-fields.tsx';
import { Ownership } from '../parts/ownership.tsx';
import { ProblemNote } from '../parts/problem.tsx';
import { Switch } from '../parts/switch.tsx';
import { Time } from '../parts/time.tsx';
import { useDomainWrite, useMayChange } from '../use-domain-write.ts';
import { useWrite } from '../use-write.ts';

/** What is set for a domain besides WebSocket. */
export function DomainOverview({ domain }: { domain: Domain }) {
  const mayChange = useMayChange();
  return (
    <>
      <Ownership domain={domain} />
      <Origins domain={domain} mayChange={mayChange} />
      <div className="columns">
        <IcpNumber domain={domain} mayChange={mayChange} />
        <Http2 domain={domain} mayChange={mayChange} />
      </div>
      <section className="card" aria-labelledby="about">
        <h2 id="about">About this domain</h2>
        <dl className="facts">
          <dt>Account</dt>
          <dd>{domain.accountId}</dd>
          <dt>Added</dt>
          <dd>
            <Time value={domain.createTime} />
          </dd>
          <dt>Last change</dt>
          <dd>
            <Time value={domain.updateTime} />
          </dd>
          <dt>Version</dt>
          <dd>{String(domain.version)}</dd>
        </dl>
        {mayChange && <Remove domain={domain} />}
      </section>
    </>
  );
}

type Props = { domain: Domain; mayChange: boolean };

function Origins({ domain, mayChange }: Props) {
  const { domainName, etag, origins } = domain;
  const [isEditing, setEditing] = useState(false);
  const close = () => setEditing(false);
  const set = useDomainWrite(
    (form: FormData, requestId) =>
      domainService.setOrigins({ domainName, origins: readOrigins(form), etag, requestId }),
    close,
  );
  return (
    <section className="card" aria-labelledby="origins">
      <div className="card-head">
        <h2 id="origins">Origins</h2>
        {mayChange && (
          <button className="button button-small" type="button" onClick={() => setEditing(true)}>
            Edit origins
          </button>
        )}
      </div>
      <ol className="origin-list">
        {origins.map((origin, index) => (
          <li key={index}>
            <strong>{origin.host}</strong>
            <span className="muted">{aboutOrigin(origin)}</span>
          </li>
        ))}
      </ol>
      <FormDialog
        title="Edit origins"
        lead="New connections use the new origins; live ones stay where they are."
        verb="Save"
        isOpen={isEditing}
        onClose={close}
        write={set}
        shows={['origins']}
        onSubmit={set.run}
      >
        <OriginFields fields={set.problem?.fields ?? {}} initial={origins} />
      </FormDialog>
    </section>
  );
}

function aboutOrigin({ httpPort, httpsPort, weight, hostHeader, tlsVerification, caCertificates }: Origin): string {
  const parts = [
    `HTTP ${httpPort || 80}`,
    `HTTPS ${httpsPort || 443}`,
    weight > 0 && `weight ${weight}`,
    hostHeader !== '' && `Host ${hostHeader}`,
    tlsVerification === TlsVerification.NONE && 'certificate not verified',
    caCertificates !== '' && 'own authorities',
  ];
  return parts.filter((part) => part !== false).join(' · ');
}

function IcpNumber({ domain, mayChange }: Props) {
  const { domainName, etag, icpNumber } = domain;
  const [isEditing, setEditing] = useState(false);
  const close = () => setEditing(false);
  const set = useDomainWrite(
    (form: FormData, requestId) =>
      domainService.setIcpNumber({ domainName, icpNumber: formText(form, 'icpNumber'), etag, requestId }),
    close,
  );
  return (
    <section className="card" aria-labelledby="icp">
      <div className="card-head">
        <h2 id="icp">ICP number</h2>
        {mayChange && (
          <button className="button button-small" type="button" onClick={() => setEditing(true)}>
            Edit ICP number
          </button>
        )}
      </div>
      <p>
        {icpNumber || (
          <span className="muted">None declared. One domain of the account needs it before you apply.</span>
        )}
      </p>
      <FormDialog
        title="Edit ICP number"
        verb="Save"
        isOpen={isEditing}
        onClose={close}
        write={set}
        shows={['icp_number']}
        onSubmit={set.run}
      >
        <TextField
          name="icpNumber"
          label="ICP number"
          hint="For example 京ICP备12345678号-1; leave it empty to take the declaration back."
          defaultValue={icpNumber}
          error={set.problem?.fields['icp_number']}
        />
      </FormDialog>
    </section>
  );
}

function Http2({ domain, mayChange }: Props) {
  const { domainName, etag, http2Enabled } = domain;
  const set = useDomainWrite((enabled: boolean, requestId) =>
    domainService.setHttp2({ domainName, enabled, etag, requestId }),
  );
  return (
    <section className="card" aria-labelledby="http2">
      <div className="card-head">
        <h2 id="http2">HTTP/2</h2>
        <Switch label="HTTP/2" isOn={http2Enabled} isDisabled={!mayChange || set.isRunning} onChange={set.run} />
      </div>
      <p className="muted">Whether clients may use HTTP/2. It and WebSocket exclude each other on a domain.</p>
      <ProblemNote problem={set.problem} />
    </section>
  );
}

function Remove({ domain: { domainName, etag } }: { domain: Domain }) {
  const [isAsking, setAsking] = useState(false);
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const remove = useWrite(
    (_: void, requestId) => domainService.removeDomain({ domainName, etag, requestId }),
    ['domains'],
    () => {
      navigate('/domains');
      client.removeQueries({ queryKey: ['domain', domainName] });
    },
  );
  return (
    <>
      <button className="button button-bad-quiet" type="button" onClick={() => setAsking(true)}>
        Remove domain
      </button>
      <ConfirmDialog
        title={`Remove ${domainName}?`}
        verb="Remove domain"
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        write={remove}
        onConfirm={() => remove.run()}
      >
        Edges answer 404 for it at once, and its live connections are closed.
      </ConfirmDialog>
    </>
  );
}
