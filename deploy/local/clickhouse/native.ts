import { ServerException } from './exception.ts';

// From these protocol versions on, a block begins with its information, and every column says how it is serialized.
const revisionWithCustomSerialization = 54_454;
// is_overflows = 0, bucket_num = -1, end. https://clickhouse.com/docs/native-protocol/basics
const blockInfo = Buffer.from([1, 0, 2, 255, 255, 255, 255, 0]);
const defaultSerialization = Buffer.from([0]);

/**
 * Gives blocks of the Native format the form that a client of a protocol version expects. The engine writes that of version
 * 0; drivers that tell their version (client_protocol_version), Grafana's among them, read two fields more.
 * @param blocks whole blocks
 * @throws ServerException 48 for a column of a type that is not known here
 */
export function withProtocolVersion(blocks: Uint8Array, version: number): Uint8Array {
  if (version === 0) return blocks;
  const reader = createReader(blocks);
  const parts: Uint8Array[] = [];
  while (!reader.atEnd()) {
    const columns = reader.varint();
    const rows = reader.varint();
    parts.push(blockInfo, reader.taken());
    for (let column = 0; column < columns; column++) {
      reader.skip(reader.varint());
      const type = reader.text();
      parts.push(reader.taken());
      if (version >= revisionWithCustomSerialization) parts.push(defaultSerialization);
      if (rows > 0) skipColumn(reader, type, rows);
    }
  }
  parts.push(reader.taken());
  return Buffer.concat(parts);
}

type Reader = ReturnType<typeof createReader>;

function createReader(bytes: Uint8Array) {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let takenUpTo = 0;
  const skip = (count: number) => {
    if (at + count > view.length)
      throw new ServerException(33, 'CANNOT_READ_ALL_DATA', 'A block of the result is cut off');
    at += count;
  };
  const uint64 = () => {
    skip(8);
    return view.readBigUInt64LE(at - 8);
  };
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      skip(1);
      const byte = view[at - 1] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  return {
    atEnd: () => at === view.length,
    skip,
    varint,
    text() {
      const length = varint();
      skip(length);
      return view.toString('utf8', at - length, at);
    },
    uint64,
    /** The last of so many offsets, each eight bytes. */
    lastOffset(count: number) {
      if (count === 0) return 0;
      skip(8 * (count - 1));
      return Number(uint64());
    },
    /** What was passed since this was last asked. */
    taken() {
      const passed = view.subarray(takenUpTo, at);
      takenUpTo = at;
      return passed;
    },
  };
}

const typesByBytes = {
  1: 'Int8 UInt8 Bool Enum8 Nothing',
  2: 'Int16 UInt16 Enum16 Date BFloat16',
  4: 'Int32 UInt32 Float32 Date32 DateTime Time IPv4',
  8: 'Int64 UInt64 Float64 DateTime64 Time64',
  16: 'Int128 UInt128 UUID IPv6',
  32: 'Int256 UInt256',
};
const bytesByType = new Map(
  Object.entries(typesByBytes).flatMap(([bytes, types]) => types.split(' ').map((type) => [type, Number(bytes)])),
);

function skipColumn(reader: Reader, type: string, rows: number): void {
  // Before all data of a column stands a version for each dictionary in it.
  reader.skip(8 * (type.match(/LowCardinality\(/g)?.length ?? 0));
  skipData(reader, type, rows);
}

function skipData(reader: Reader, type: string, rows: number): void {
  const [, name = '', list = ''] = /^(\w+)(?:\((.*)\))?$/s.exec(type) ?? [];
  const [first = '', ...others] = splitArguments(list);
  const size = name.startsWith('Interval') ? 8 : bytesByType.get(name);
  if (size !== undefined) return reader.skip(size * rows);
  switch (name) {
    case 'String':
      for (let row = 0; row < rows; row++) reader.skip(reader.varint());
      return;
    case 'FixedString':
      return reader.skip(Number(first) * rows);
    case 'Decimal':
      return reader.skip(decimalBytes(Number(first)) * rows);
    case 'Nullable':
      reader.skip(rows);
      return skipData(reader, first, rows);
    case 'Array':
      return skipData(reader, first, reader.lastOffset(rows));
    case 'Map': {
      const entries = reader.lastOffset(rows);
      return [first, ...others].forEach((part) => skipData(reader, part, entries));
    }
    case 'Tuple':
      if (first === '') return reader.skip(rows);
      return [first, ...others].forEach((element) => skipData(reader, withoutName(element), rows));
    case 'LowCardinality':
      return skipDictionary(reader, first.replace(/^Nullable\((.*)\)$/s, '$1'), rows);
    case 'SimpleAggregateFunction':
      return skipData(reader, others[0] ?? '', rows);
    default:
      throw new ServerException(
        48,
        'NOT_IMPLEMENTED',
        `client_protocol_version with a column of type ${type}: read it as JSON, or cast it`,
      );
  }
}

/** The keys, of which null is one, then for each row the number of its key; the width of the numbers is in the first byte. */
function skipDictionary(reader: Reader, keyType: string, rows: number): void {
  if (rows === 0) return;
  const indexBytes = 2 ** Number(reader.uint64() & 255n);
  skipData(reader, keyType, Number(reader.uint64()));
  reader.skip(8 + rows * indexBytes);
}

/** The width of a decimal by its precision. */
function decimalBytes(digits: number): number {
  if (digits <= 9) return 4;
  if (digits <= 18) return 8;
  return digits <= 38 ? 16 : 32;
}

/** Splits at the commas that are in no brackets and no quotes. */
function splitArguments(list: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const [text] of list.matchAll(/'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|[^'`]/gs)) {
    if (text === '(') depth++;
    if (text === ')') depth--;
    if (text === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += text;
  }
  return parts.map((part) => part.trim());
}

/** Elements of a tuple may have names: `a UInt8`. */
const withoutName = (element: string) => element.replace(/^(?:`(?:[^`\\]|\\.)*`|\w+)\s+/s, '');
