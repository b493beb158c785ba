import { TlsVerification } from '@longwire/contracts/connect/config/v1/domain';
import type { Origin } from '@longwire/contracts/connect/config/v1/domain';
import { useState } from 'react';
import { formTexts } from '../form-text.ts';
import { wholeNumber } from '../whole-number.ts';
import { TextArea, TextField } from './field.tsx';
import { Select } from './select.tsx';

type Address = Omit<Origin, '$typeName' | '$unknown'>;
type Props = { fields: Record<string, string>; initial: Address[] };

const mostOrigins = 8;

const empty: Address = {
  host: '',
  httpPort: 80,
  httpsPort: 443,
  weight: 0,
  hostHeader: '',
  tlsVerification: TlsVerification.FULL,
  caCertificates: '',
};

const verifications = {
  [TlsVerification.FULL]: 'Its certificate and its name',
  [TlsVerification.NONE]: 'Nothing: encrypted, to whomever answers',
};

/** The addresses that edges connect to, in the order in which they are tried. */
export function OriginFields({ fields, initial }: Props) {
  const first = initial.length > 0 ? initial : [empty];
  const [rows, setRows] = useState(() => first.map((address, key) => ({ key, address })));
  const add = () => {
    const key = Math.max(...rows.map((row) => row.key)) + 1;
    setRows([...rows, { key, address: empty }]);
  };
  return (
    <fieldset className="origins">
      <legend>Origins</legend>
      <p className="hint">Your servers; the next one is tried when one cannot be reached.</p>
      {rows.map(({ key, address }, index) => (
        <OriginRow
          key={key}
          number={index + 1}
          address={address}
          error={(field) => fields[`origins[${index}].${field}`]}
          onRemove={rows.length > 1 ? () => setRows(rows.filter((row) => row.key !== key)) : undefined}
        />
      ))}
      {fields['origins'] !== undefined && <p className="field-error">{fields['origins']}</p>}
      {rows.length < mostOrigins && (
        <button className="button button-small" type="button" onClick={add}>
          Add another origin
        </button>
      )}
    </fieldset>
  );
}

type RowProps = {
  number: number;
  address: Address;
  error: (field: string) => string | undefined;
  onRemove: (() => void) | undefined;
};

function OriginRow({ number, address, error, onRemove }: RowProps) {
  return (
    <fieldset className="origin">
      <legend className="hidden">Origin {number}</legend>
      <TextField
        name="host"
        label="Host"
        defaultValue={address.host}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        error={error('host')}
      />
      <TextField
        name="httpPort"
        label="HTTP port"
        inputMode="numeric"
        defaultValue={address.httpPort || 80}
        error={error('http_port')}
      />
      <TextField
        name="httpsPort"
        label="HTTPS port"
        inputMode="numeric"
        defaultValue={address.httpsPort || 443}
        error={error('https_port')}
      />
      <OriginDetails address={address} error={error} />
      {onRemove && (
        <button className="button button-small" type="button" aria-label={`Remove origin ${number}`} onClick={onRemove}>
          Remove
        </button>
      )}
    </fieldset>
  );
}

const detailFields = ['weight', 'host_header', 'tls_verification', 'ca_certificates'];

/** What most origins leave as it is; open where something of it is wrong. */
function OriginDetails({ address, error }: Pick<RowProps, 'address' | 'error'>) {
  const isWrong = detailFields.some((field) => error(field) !== undefined);
  return (
    <details className="origin-details" open={isWrong || undefined}>
      <summary>Weight, Host, TLS</summary>
      <TextField
        name="weight"
        label="Weight"
        hint="1 to 1000 shares connections among weighted origins; 0 keeps the order."
        inputMode="numeric"
        defaultValue={address.weight}
        error={error('weight')}
      />
      <TextField
        name="hostHeader"
        label="Host header"
        hint="Empty sends the client's."
        autoComplete="off"
        spellCheck={false}
        defaultValue={address.hostHeader}
        error={error('host_header')}
      />
      <Select
        name="tlsVerification"
        label="What it must prove over HTTPS"
        choices={verifications}
        initial={String(address.tlsVerification || TlsVerification.FULL)}
      />
      <TextArea
        name="caCertificates"
        label="Own certificate authorities (PEM)"
        hint="Empty trusts the public ones."
        spellCheck={false}
        defaultValue={address.caCertificates}
        error={error('ca_certificates')}
      />
    </details>
  );
}

/** The origins of a form, in order. */
export function readOrigins(form: FormData): Address[] {
  const all = (name: string) => formTexts(form, name);
  const [httpPorts, httpsPorts, weights] = [all('httpPort'), all('httpsPort'), all('weight')];
  const [hostHeaders, verified, authorities] = [all('hostHeader'), all('tlsVerification'), all('caCertificates')];
  return all('host').map((host, index) => ({
    host,
    httpPort: wholeNumber(httpPorts[index] ?? ''),
    httpsPort: wholeNumber(httpsPorts[index] ?? ''),
    weight: wholeNumber(weights[index] ?? ''),
    hostHeader: hostHeaders[index] ?? '',
    tlsVerification: verified[index] === String(TlsVerification.NONE) ? TlsVerification.NONE : TlsVerification.FULL,
    caCertificates: authorities[index] ?? '',
  }));
}
