import { Command } from './command.tsx';

/** A secret that is shown this once. */
export function SecretOnce({ secret, onKept }: { secret: string; onKept: () => void }) {
  return (
    <section className="card" aria-labelledby="secret-once">
      <h2 id="secret-once">The secret that signs the requests</h2>
      <p>Keep it now: it is not shown again. Your system checks the header Longwire-Signature with it.</p>
      <Command label="Secret" text={secret} />
      <button className="button" type="button" onClick={onKept}>
        I have kept it
      </button>
    </section>
  );
}
