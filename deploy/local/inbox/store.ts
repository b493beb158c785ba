import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageSchema } from './message.ts';
import type { Message } from './message.ts';

export type Store = AsyncDisposable & {
  /** Resolves when the message is on the disk. An SMS whose id is known already is not kept again. */
  add(message: Message): Promise<void>;
  /** The newest first. */
  messages(): Message[];
  /** Hears of each message after it is stored; returns what ends that. */
  listen(listener: (message: Message) => void): () => void;
};

const keptMessages = 1000;

/** Opens the messages of a folder: one line of JSON each, the newest 1,000 kept, appended to and rewritten when twice as long. */
export async function openStore(folder: string): Promise<Store> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'messages.jsonl');
  const kept = (await readLines(path)).slice(-keptMessages);
  const listeners = new Set<(message: Message) => void>();
  let file = await rewrite(path, kept);
  let lines = kept.length;
  let last: Promise<void> = Promise.resolve();

  const isKnownSms = ({ kind, id }: Message) =>
    kind === 'sms' && kept.some((one) => one.kind === kind && one.id === id);

  async function append(message: Message): Promise<void> {
    if (isKnownSms(message)) return;
    await file.appendFile(`${JSON.stringify(message)}\n`);
    await file.datasync();
    kept.push(message);
    kept.splice(0, kept.length - keptMessages);
    if (++lines >= 2 * keptMessages) {
      await file.close();
      file = await rewrite(path, kept);
      lines = kept.length;
    }
    for (const listener of listeners) listener(message);
  }

  return {
    add(message) {
      const added = last.then(() => append(message));
      last = added.catch(() => {}); // Whoever added it hears of it; the next one is tried all the same.
      return added;
    },
    messages: () => kept.toReversed(),
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async [Symbol.asyncDispose]() {
      await last;
      await file.close();
    },
  };
}

/** A line that a crash cut off, or that an older version wrote, is left out. */
async function readLines(path: string): Promise<Message[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').flatMap((line) => {
    try {
      return [messageSchema.parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
}

async function rewrite(path: string, messages: Message[]) {
  const fresh = `${path}.new`;
  await writeFile(fresh, messages.map((message) => `${JSON.stringify(message)}\n`).join(''), {
    mode: 0o600,
    flush: true,
  });
  await rename(fresh, path);
  return open(path, 'a');
}
