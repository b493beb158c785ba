import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * A history as it stands in the streams of running suites for ever, and the state that it folds to. The files are never
 * changed, only joined by others.
 */
export type GoldenHistory<Event, State> = { name: string; events: Event[]; state: State };

/** The histories in a folder, one a file: `{"decisions": [{"events": […]}, …], "state": …}`. */
export function readGolden<Event, State>(folder: string): GoldenHistory<Event, State>[] {
  return globSync(join(folder, '*.json')).map((file) => {
    const golden: { decisions: { events: Event[] }[]; state: State } = JSON.parse(readFileSync(file, 'utf8'));
    return {
      name: basename(file, '.json'),
      events: golden.decisions.flatMap(({ events }) => events),
      state: golden.state,
    };
  });
}
