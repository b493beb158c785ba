import { createRequire } from 'node:module';
import { drainPending, Session } from 'chdb';
import { ServerException } from './exception.ts';

/** The ClickHouse engine in this process, on one data folder. Disposing waits for what still runs, then lets the folder go. */
export type Engine = AsyncDisposable & {
  version: string;
  timezone: string;
  /** A connection has settings, parameters, a current database and temporary tables of its own; opening takes under 1 ms. */
  connect(): Connection;
};

export type Connection = Disposable & {
  /** Runs a statement and holds its whole result in memory. */
  run(sql: string, format: string): Promise<Result>;
  /** Runs an INSERT whose data follow in the same bytes, in any input format. Resolves when the rows are stored. */
  insert(statement: Uint8Array): Promise<{ rows: number; bytes: number }>;
  /** Runs a SELECT and gives its result as it comes; every chunk is a whole document of the format. */
  stream(sql: string, format: string): AsyncGenerator<Uint8Array, undefined>;
};

/** Rows and bytes are those of the result. */
export type Result = { data: Uint8Array; rows: number; bytes: number };

/** @throws when another process holds the folder */
export async function openEngine(folder: string): Promise<Engine> {
  const inTurn = createGate();
  const root = new Session(folder);
  const { data } = await connection(root, inTurn).run('SELECT version(), timezone()', 'TSV');
  const [version = '', timezone = ''] = Buffer.from(data).toString().trim().split('\t');
  return {
    version,
    timezone,
    connect: () => connection(new Session(folder), inTurn),
    async [Symbol.asyncDispose]() {
      await inTurn.idle();
      root.close();
      await drainPending();
    },
  };
}

function connection(session: Session, inTurn: Gate): Connection {
  return {
    async run(sql, format) {
      const result = await inTurn.run(() => session.queryAsync(sql, { format }));
      return { data: result.bytes(), rows: result.rowsRead, bytes: result.bytesRead };
    },
    async insert(statement) {
      const written = await inTurn.run(() => native.InsertRawAsyncConnection(session.connection, '', statement, false));
      return { rows: written.rowsWritten, bytes: written.bytesWritten };
    },
    async *stream(sql, format) {
      const chunks = session.queryStream(sql, { format })[Symbol.asyncIterator]();
      try {
        for (;;) {
          const next = await inTurn.run(() => chunks.next());
          if (next.done) return undefined;
          yield next.value.raw();
        }
      } finally {
        await chunks.return?.();
      }
    },
    [Symbol.dispose]: () => session.close(),
  };
}

/**
 * The package's insert() takes a table's name and a few text formats, and builds the statement. Its addon takes any INSERT
 * as bytes, which is what comes over HTTP; so the addon is asked directly. The version of chdb is pinned for this.
 */
type Native = {
  InsertRawAsyncConnection(
    connection: unknown,
    prefix: string,
    data: Uint8Array,
    countLines: boolean,
  ): Promise<{ rowsWritten: number; bytesWritten: number }>;
};
const require = createRequire(import.meta.url);
const loader: { loadNative(): Native } = createRequire(require.resolve('chdb'))('./dist/loader.js');
const native = loader.loadNative();

type Gate = { run<T>(work: () => Promise<T>): Promise<T>; idle(): Promise<void> };

/** The engine works on libuv's threads, of which there are four: three are given to it, the rest wait for their turn. */
function createGate(atOnce = 3, waitingAtMost = 200): Gate {
  const waiting: (() => void)[] = [];
  let free = atOnce;
  const enter = () => new Promise<void>((resolve) => (free > 0 ? resolve(void free--) : waiting.push(resolve)));
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else free++;
  };
  return {
    async run(work) {
      if (waiting.length >= waitingAtMost)
        throw new ServerException(202, 'TOO_MANY_SIMULTANEOUS_QUERIES', 'Too many simultaneous queries');
      await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
    async idle() {
      for (let place = 0; place < atOnce; place++) await enter();
    },
  };
}
