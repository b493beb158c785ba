/** One header field as it came; bytes beyond ASCII are kept as latin1, so that writing it gives the same bytes. */
export interface Field {
  readonly name: string;
  /** The name in lower case: what it is found by. */
  readonly key: string;
  readonly value: string;
}

/** The head of a request or a response: its first line and its fields, in order, duplicates apart. */
export interface Head {
  readonly startLine: string;
  readonly fields: readonly Field[];
}

export type HeadResult =
  | { kind: 'more' }
  | { kind: 'head'; head: Head; rest: Buffer }
  | { kind: 'fault'; status: 400 | 414 | 431; reason: string };

const MAX_START_LINE = 8 * 1024;
const MAX_HEAD = 16 * 1024;
const MAX_FIELDS = 100;

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const DEL = 0x7f;

/**
 * Reads one head (RFC 9112, sections 2 to 5) strictly, byte by byte: what it says depends on the bytes before it alone,
 * never on how they were cut into pieces, and no limit is passed before it is checked. Bare CR or LF, control bytes,
 * folded lines, space before a colon and names that are no tokens are faults, not things to repair.
 */
export class HeadReader {
  /** Bytes of the head so far. */
  #size = 0;
  /** What came of the line that is not over. */
  #line = '';
  #afterCr = false;
  #startLine: string | undefined;
  readonly #fields: Field[] = [];

  /** Takes the next bytes. After `head` (with the bytes beyond it) or `fault` it must not be called again. */
  push(chunk: Buffer): HeadResult {
    const end = Math.min(chunk.length, MAX_HEAD - this.#size);
    const text = chunk.toString('latin1', 0, end);
    let lineStart = 0;
    for (let at = 0; at < end; at++) {
      const byte = chunk[at] ?? LF;
      if (this.#afterCr) {
        if (byte !== LF) return fault(400, 'carriage return alone');
        this.#afterCr = false;
        lineStart = at + 1;
        const result = this.#endLine(chunk, lineStart);
        if (result) return result;
      } else if (isControl(byte)) {
        this.#line += text.slice(lineStart, at);
        if (this.#isStartLineTooLong) return fault(414, 'URI too long');
        if (byte !== CR) return fault(400, 'control character in head');
        this.#afterCr = true;
      }
    }
    if (!this.#afterCr) this.#line += text.slice(lineStart);
    if (this.#isStartLineTooLong) return fault(414, 'URI too long');
    this.#size += end;
    return end < chunk.length ? fault(431, 'head too large') : { kind: 'more' };
  }

  get #isStartLineTooLong(): boolean {
    return this.#startLine === undefined && this.#line.length > MAX_START_LINE;
  }

  #endLine(chunk: Buffer, next: number): HeadResult | undefined {
    const line = this.#line;
    this.#line = '';
    if (this.#startLine === undefined) {
      this.#startLine = line;
      return line === '' ? fault(400, 'empty start line') : undefined;
    }
    if (line === '') {
      return { kind: 'head', head: { startLine: this.#startLine, fields: this.#fields }, rest: chunk.subarray(next) };
    }
    if (this.#fields.length === MAX_FIELDS) return fault(431, 'too many header fields');
    const field = readField(line);
    if (!field) return fault(400, 'malformed header field');
    this.#fields.push(field);
    return undefined;
  }
}

function isControl(byte: number): boolean {
  return (byte < SPACE && byte !== TAB) || byte === DEL;
}

function fault(status: 400 | 414 | 431, reason: string): HeadResult {
  return { kind: 'fault', status, reason };
}

function readField(line: string): Field | undefined {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon);
  if (colon < 0 || !isToken(name)) return undefined;
  return { name, key: name.toLowerCase(), value: trimBlanks(line, colon + 1) };
}

/** RFC 9110, section 5.6.2. */
export function isToken(text: string): boolean {
  return /^[!#$%&'*+\-.^_`|~\da-z]+$/i.test(text);
}

/** The text from `start` without spaces and tabs around it. `trim` would take away more, and a regular expression more time. */
export function trimBlanks(text: string, start = 0): string {
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}
