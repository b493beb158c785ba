import { useInfiniteQuery } from '@tanstack/react-query';
import type { Domain } from '@longwire/contracts/connect/config/v1/domain';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { domainService } from '../api.ts';
import { formText } from '../form-text.ts';
import { Badge } from '../parts/badge.tsx';
import { FormDialog } from '../parts/dialog.tsx';
import { TextField } from '../parts/field.tsx';
import { OriginFields, readOrigins } from '../parts/origin-fields.tsx';
import { isUnproven } from '../parts/ownership.tsx';
import { Page } from '../parts/page.tsx';
import { PagesOf } from '../parts/pages-of.tsx';
import { domainsQuery } from '../queries.ts';
import { useSession } from '../session.tsx';
import { useWrite } from '../use-write.ts';

/** The domains that the caller may see: a customer's own, or all. */
export function DomainsPage() {
  const domains = useInfiniteQuery(domainsQuery);
  const { roles } = useSession();
  const [isAdding, setAdding] = useState(false);
  const mayAdd = roles.includes('customer');
  const add = mayAdd && (
    <button className="button button-main" type="button" onClick={() => setAdding(true)}>
      Add domain
    </button>
  );
  return (
    <Page title="Domains" lead="The names that clients connect to." actions={add}>
      <PagesOf
        query={domains}
        empty={mayAdd ? 'No domain yet. Add the one that your clients connect to.' : 'There is no domain yet.'}
      >
        {(entries) => (
          <ul className="list">
            {entries.map((domain) => (
              <Row key={domain.domainName} domain={domain} />
            ))}
          </ul>
        )}
      </PagesOf>
      <AddDomain isOpen={isAdding} onClose={() => setAdding(false)} />
    </Page>
  );
}

function Row({ domain }: { domain: Domain }) {
  const { domainName, accountId, origins, icpNumber, websocket } = domain;
  const { account } = useSession();
  return (
    <li className="row">
      <div>
        <Link className="row-title" href={`/domains/${encodeURIComponent(domainName)}`}>
          {domainName}
        </Link>
        <p className="muted">
          {accountId !== account && `${accountId} · `}
          {origins.map(({ host }) => host).join(', ')} · {icpNumber || 'no ICP number'}
        </p>
      </div>
      <div className="row-end">
        {isUnproven(domain) && <Badge tone="wait">Not proven</Badge>}
        {websocket?.suspended && <Badge tone="bad">Suspended</Badge>}
        <Badge tone={websocket?.enabled ? 'good' : 'quiet'}>
          {websocket?.enabled ? 'WebSocket on' : 'WebSocket off'}
        </Badge>
      </div>
    </li>
  );
}

function AddDomain({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const [, navigate] = useLocation();
  const add = useWrite(
    (form: FormData, requestId) =>
      domainService.addDomain({
        domainName: formText(form, 'domainName'),
        origins: readOrigins(form),
        icpNumber: formText(form, 'icpNumber'),
        http2Enabled: form.has('http2Enabled'),
        requestId,
      }),
    ['domains'],
    ({ domain }) => navigate(`/domains/${encodeURIComponent(domain?.domainName ?? '')}`),
  );
  const fields = add.problem?.fields ?? {};
  return (
    <FormDialog
      title="Add domain"
      verb="Add"
      write={add}
      shows={['domain_name', 'origins', 'icp_number']}
      onSubmit={add.run}
      {...{ isOpen, onClose }}
    >
      <TextField
        name="domainName"
        label="Domain name"
        hint="For example ws.example.com, or *.example.com for every name below it."
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        error={fields['domain_name']}
      />
      <OriginFields fields={fields} initial={[]} />
      <TextField
        name="icpNumber"
        label="ICP number (optional)"
        hint="The number of the ICP filing, for example 京ICP备12345678号-1. One domain of the account needs it before you apply."
        error={fields['icp_number']}
      />
      <label className="check">
        <input type="checkbox" name="http2Enabled" />
        Let clients use HTTP/2. WebSocket needs it to be off.
      </label>
    </FormDialog>
  );
}
