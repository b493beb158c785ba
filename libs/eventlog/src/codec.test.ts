import { expect, test } from 'vitest';
import { decodeRecorded, encode, type StoredMessage, UndecodableMessage } from './codec.ts';

const meta = { commandId: 'c-1', actor: 'user-7', time: new Date('2026-11-22T08:00:00.000Z') };

function stored(change: { data?: string | Uint8Array; without?: string } = {}): StoredMessage {
  const { data, headers } = encode([{ type: 'Opened' }], meta);
  if (change.without !== undefined) headers.delete(change.without);
  const bytes = change.data ?? data;
  return {
    subject: 'door.1',
    seq: 7,
    time: meta.time,
    data: typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes,
    headers,
  };
}

test('a decision is a JSON envelope, its circumstances are headers', () => {
  const { data, headers } = encode([{ type: 'Opened' }], { ...meta, traceparent: '00-abc' });
  expect(data).toBe('{"events":[{"type":"Opened"}]}');
  expect(Object.fromEntries(headers)).toEqual({
    'Longwire-Command-Id': ['c-1'],
    'Longwire-Actor': ['user-7'],
    'Longwire-Time': ['2026-11-22T08:00:00.000Z'],
    traceparent: ['00-abc'],
  });
});

test('what is encoded decodes to the same', () => {
  expect(decodeRecorded(stored())).toEqual({
    subject: 'door.1',
    sequence: 7,
    storedTime: stored().time,
    meta,
    events: [{ type: 'Opened' }],
  });
});

test.for(['', ' c-1', 'c-1 ', 'c 1', 'c\n1', 'ç', 'c'.repeat(129)])(
  'a command id that a header would change is refused: %j',
  (id) => {
    const write = () => encode([{ type: 'Opened' }], { ...meta, commandId: id });
    expect(write).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', reason: 'INVALID_COMMAND_ID' }));
  },
);

test('a decision without events or actor is not written', () => {
  expect(() => encode([], meta)).toThrow('needs events');
  expect(() => encode([{ type: 'Opened' }], { ...meta, actor: ' ' })).toThrow('needs events and an actor');
});

test.for([
  ['not JSON', { data: '{"events":' }],
  ['not JSON', { data: new Uint8Array([0x22, 0xff, 0x22]) }],
  ['not {"events"', { data: 'null' }],
  ['not {"events"', { data: '{"events":{}}' }],
  ['not {"events"', { data: '{"events":[]}' }],
  ['not {"events"', { data: '{"events":[{"type":1}]}' }],
  ['not {"events"', { data: '{"events":[null]}' }],
  ['without command id, actor or time', { without: 'Longwire-Command-Id' }],
  ['without command id, actor or time', { without: 'Longwire-Actor' }],
  ['without command id, actor or time', { without: 'Longwire-Time' }],
] as const)('a message is refused by name and place: %s %j', ([why, change]) => {
  const read = () => decodeRecorded(stored(change));
  expect(read).toThrow(UndecodableMessage);
  expect(read).toThrow(`message 7 of door.1: ${why}`);
});

test('a message without headers is refused, not misread', () => {
  expect(() => decodeRecorded({ ...stored(), headers: undefined })).toThrow(UndecodableMessage);
});
