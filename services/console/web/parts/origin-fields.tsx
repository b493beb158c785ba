import type { Origin } from '@longwire/contracts/connect/config/v1/domain';
import { useState } from 'react';
import { formTexts } from '../form-text.ts';
import { TextField } from './field.tsx';

type Address = Pick<Origin, 'host' | 'httpPort' | 'httpsPort'>;
type Props = { fields: Record<string, string>; initial: Address[] };

const mostOrigins = 8;

/** The addresses that edges connect to, in the order in which they are tried. */
export function OriginFields({ fields, initial }: Props) {
  const first = initial.length > 0 ? initial : [{ host: '', httpPort: 80, httpsPort: 443 }];
  const [rows, setRows] = useState(() => first.map((address, key) => ({ key, address })));
  const add = () => {
    const key = Math.max(...rows.map((row) => row.key)) + 1;
    setRows([...rows, { key, address: { host: '', httpPort: 80, httpsPort: 443 } }]);
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
      {onRemove && (
        <button className="button button-small" type="button" aria-label={`Remove origin ${number}`} onClick={onRemove}>
          Remove
        </button>
      )}
    </fieldset>
  );
}

/** The origins of a form, in order. */
export function readOrigins(form: FormData): Address[] {
  const httpPorts = formTexts(form, 'httpPort');
  const httpsPorts = formTexts(form, 'httpsPort');
  return formTexts(form, 'host').map((host, index) => ({
    host,
    httpPort: readPort(httpPorts[index]),
    httpsPort: readPort(httpsPorts[index]),
  }));
}

/** What is not a number becomes one that no port has, so that the service names the field. */
function readPort(text = ''): number {
  return /^\d{0,9}$/.test(text) ? Number(text) : -1;
}
