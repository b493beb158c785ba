import type { Logger } from '@longwire/service';
import { createRegistry } from '@longwire/service/admin';
import type { Answer, Report, Request } from './carrier.ts';
import type { Config } from './config.ts';
import { DataPlane } from './data-plane.ts';

/** From the primary to a worker. */
export interface Asked {
  readonly id: number;
  readonly request: Request;
}

/** From a worker to the primary. */
export type Told = { readonly report: Report } | { readonly id: number; readonly answer: Answer | Error };

/**
 * The life of a worker: it does as the primary asks, and ends with it. Signals that reach the whole process group, as
 * Ctrl-C does, are the primary's to follow.
 */
export function work(config: Config, log: Logger): void {
  const tell = (told: Told) => process.send?.(told);
  const plane = new DataPlane(config, createRegistry(), log, (report) => tell({ report }));
  process.on('SIGTERM', () => {}).on('SIGINT', () => {});
  process.on('disconnect', () => process.exit());
  process.on('message', ({ id, request }: Asked) => {
    plane.ask(request).then(
      (answer) => tell({ id, answer }),
      (error: unknown) => tell({ id, answer: error instanceof Error ? error : new Error(String(error)) }),
    );
  });
}
