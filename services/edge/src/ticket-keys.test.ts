import { expect, test, vi } from 'vitest';
import { TicketKeys } from './ticket-keys.ts';

test('tickets are sealed with the same keys for an hour, and then with others', () => {
  vi.useFakeTimers();
  try {
    const told: Uint8Array[] = [];
    using tickets = new TicketKeys((keys) => told.push(keys));
    const first = tickets.current;
    vi.advanceTimersByTime(3_599_000);
    expect([tickets.current, told]).toEqual([first, []]);
    vi.advanceTimersByTime(1_000);
    expect(tickets.current).not.toEqual(first);
    expect(told).toEqual([tickets.current]);
  } finally {
    vi.useRealTimers();
  }
});
