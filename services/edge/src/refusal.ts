import { STATUS_CODES } from 'node:http';

/** An answer that the edge gives of its own instead of a tunnel. */
export interface Refusal {
  readonly status: number;
  /** One line for whoever reads the body; constant per cause, never anything the peer sent. */
  readonly reason: string;
  /** Further header lines, without line ends. */
  readonly headers?: readonly string[];
}

export function refusal(status: number, reason: string, ...headers: string[]): Refusal {
  return { status, reason, headers };
}

/** The whole answer as bytes. The connection closes after it. */
export function writeRefusal({ status, reason, headers = [] }: Refusal): Buffer {
  const body = `${reason}\n`;
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    ...headers,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
