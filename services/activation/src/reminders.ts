import { handle } from '@longwire/eventlog';
import type { EventLog, Projection } from '@longwire/eventlog';
import type { Part } from '@longwire/service';
import { account } from './account.ts';
import type { DeskClock } from './desk-clock.ts';
import type { ReminderKind } from './events.ts';
import { accountSubject, loadedOf } from './read-model.ts';
import type { ApplicationView, ReadModel } from './read-model.ts';
import { Waker } from './waker.ts';

/** The system's clock may be set, or the machine may have slept: what is due is looked for at least this often. */
const longestSleepMs = 60_000;
const retryMs = 1_000;

type Deps = {
  log: EventLog;
  model: ReadModel;
  /** Folds the stream ACTIVATION into `model`. */
  projection: Projection;
  clock: DeskClock;
  onRetry: (error: unknown) => void;
};

/**
 * Reminds the desk of applications that wait: at half of their time, and when it is over. Several instances may run, and
 * each may be killed at any moment: the log is what remembers, and an account's rules decide each reminder once.
 */
export class Reminders implements Part {
  readonly #deps: Deps;
  readonly #waker = new Waker();
  readonly #halfTimes = new WeakMap<ApplicationView, Date>();
  readonly #done = new WeakMap<ApplicationView, ReminderKind>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Called when the log has been folded further. */
  changed(): void {
    this.#waker.wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#deps.projection.caughtUp.catch(() => {}); // rejected when the service stops before; the signal says so too
    while (!signal.aborted) {
      const sleepMs = await this.#remind(new Date()).catch((error: unknown) => {
        this.#deps.onRetry(error);
        return retryMs;
      });
      await this.#waker.sleep(sleepMs, signal);
    }
  }

  /** Reminds of what is due, and says in how many milliseconds something else may be. */
  async #remind(now: Date): Promise<number> {
    let next = now.getTime() + longestSleepMs;
    for (const application of this.#deps.model.pending) {
      const half = this.#halfTime(application);
      if (application.dueTime <= now) await this.#once(application, 'overdue');
      else if (half <= now) await this.#once(application, 'half_time');
      for (const at of [half.getTime(), application.dueTime.getTime()])
        if (at > now.getTime()) next = Math.min(next, at);
    }
    return next - now.getTime();
  }

  async #once(application: ApplicationView, kind: ReminderKind): Promise<void> {
    if (this.#done.get(application) === kind) return;
    const { log, model } = this.#deps;
    const { accountId, applicationId } = application;
    const meta = { commandId: `Remind:${applicationId}:${kind}`, actor: 'activation', time: new Date() };
    const command = { type: 'RemindOfApplication', applicationId, kind } as const;
    const known = model.accounts.get(accountId);
    await handle(log, accountSubject(accountId), account, command, { meta, from: known && loadedOf(known) });
    this.#done.set(application, kind);
  }

  #halfTime(application: ApplicationView): Date {
    const known = this.#halfTimes.get(application);
    if (known) return known;
    const half = this.#deps.clock.halfTime(application.submitTime, application.dueTime);
    this.#halfTimes.set(application, half);
    return half;
  }
}
