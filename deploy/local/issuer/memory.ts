import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

type Entry = { payload: AdapterPayload; expiresAt: number };

/** Keeps sessions, codes, grants and refresh tokens until they expire or this process ends: people sign in again after that. */
export function createMemory(): AdapterFactory & Disposable {
  const entriesByModel = new Map<string, Map<string, Entry>>();
  const sweeper = setInterval(sweep, 60_000).unref();

  function sweep(): void {
    const now = Date.now();
    for (const entries of entriesByModel.values())
      for (const [id, { expiresAt }] of entries) if (expiresAt <= now) entries.delete(id);
  }

  function adapterOf(model: string): Adapter {
    const entries = new Map<string, Entry>();
    entriesByModel.set(model, entries);
    const findBy = async (matches: (payload: AdapterPayload) => boolean) =>
      entries.values().find(({ payload, expiresAt }) => expiresAt > Date.now() && matches(payload))?.payload;
    return {
      async upsert(id, payload, expiresIn = Infinity) {
        entries.set(id, { payload, expiresAt: Date.now() + expiresIn * 1000 });
      },
      async find(id) {
        const entry = entries.get(id);
        return entry && entry.expiresAt > Date.now() ? entry.payload : undefined;
      },
      findByUid: (uid) => findBy((payload) => payload.uid === uid),
      findByUserCode: (userCode) => findBy((payload) => payload.userCode === userCode),
      async consume(id) {
        const entry = entries.get(id);
        if (entry) entry.payload = { ...entry.payload, consumed: Math.floor(Date.now() / 1000) };
      },
      async destroy(id) {
        entries.delete(id);
      },
      async revokeByGrantId(grantId) {
        for (const [id, { payload }] of entries) if (payload.grantId === grantId) entries.delete(id);
      },
    };
  }

  return Object.assign(adapterOf, { [Symbol.dispose]: () => clearInterval(sweeper) });
}
