import type { Answer, Carriers, Metrics, Report, Request, StartRequest } from './carrier.ts';
import type { DataPlane } from './data-plane.ts';

/** The edge's only process carries the clients itself. */
export class OneProcess implements Carriers {
  tunnels = 0;
  readonly #plane: DataPlane;
  #isServing = false;

  /** @param open makes the data plane that reports to this */
  constructor(open: (report: (report: Report) => void) => DataPlane, onReport: (report: Report) => void) {
    this.#plane = open((report) => {
      this.tunnels = report.tunnels;
      onReport(report);
    });
  }

  get ready(): number {
    return this.#isServing ? 1 : 0;
  }

  missing(): string[] {
    return this.#isServing ? [] : ['it does not listen yet'];
  }

  async start(request: StartRequest): Promise<number> {
    const { port = 0 } = await this.#plane.ask(request);
    this.#isServing = true;
    return port;
  }

  async ask(request: Request): Promise<Answer[]> {
    return [await this.#plane.ask(request)];
  }

  async metrics(): Promise<Metrics[]> {
    return [];
  }

  async stop(): Promise<void> {}
}
