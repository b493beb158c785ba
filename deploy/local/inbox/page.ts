import { html } from '../html.ts';
import type { Html } from '../html.ts';
import type { Email, Message, Sms } from './message.ts';

const shownMessages = 200;

/** The inbox: mail on the left, a phone on the right. */
export function inboxPage(messages: Message[]): string {
  const shown = messages.slice(0, shownMessages);
  const emails = shown.filter((message) => message.kind === 'email');
  const texts = shown.filter((message) => message.kind === 'sms');
  return html`<!doctype html>
    <html lang="en">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>Inbox · Longwire</title>
      <link rel="stylesheet" href="/style.css" />
      <link rel="icon" href="data:," />
      <script src="/live.js" defer></script>
      <header>
        <div>
          <h1>Inbox</h1>
          <p>Every email and text message that this suite sends ends here, and goes no further.</p>
        </div>
        <div class="switches">
          <button data-fail="email">Turn away the next 2 emails</button>
          <button data-fail="sms">Turn away the next 2 texts</button>
          <p role="status"></p>
        </div>
      </header>
      <main>
        <section aria-labelledby="mail-title">
          <h2 id="mail-title">Email</h2>
          <div id="email" class="list">${emails.map(emailCard)}</div>
          <p class="empty">No email yet. When an application is decided, its contacts hear of it here.</p>
        </section>
        <section class="phone" aria-labelledby="phone-title">
          <h2 id="phone-title">Text messages</h2>
          <div id="sms" class="list">${texts.map(bubble)}</div>
          <p class="empty">No text message yet.</p>
        </section>
      </main>
    </html> `.markup;
}

/** One message as the page shows it, to be put before the others. */
export function messageMarkup(message: Message): string {
  return (message.kind === 'email' ? emailCard(message) : bubble(message)).markup;
}

function emailCard({ from, to, subject, text, html: body, receivedAt }: Email): Html {
  return html`<details class="mail">
    <summary>
      <span class="recipients">${to.join(', ')}</span>${time(receivedAt)}<span class="subject"
        >${subject || '(no subject)'}</span
      >
    </summary>
    <p class="from">from ${from}</p>
    ${body === undefined ? html`<pre>${text}</pre>` : mailBody(body, subject, text)}
  </details>`;
}

/**
 * A mail's own HTML runs no script, sends no form and is of no origin; by the page's policy, which it inherits, it loads
 * nothing from anywhere. Its links open in a tab of their own.
 */
function mailBody(body: string, subject: string, text: string): Html {
  return html`<iframe
      sandbox="allow-popups allow-popups-to-escape-sandbox"
      title="${`Mail: ${subject}`}"
      loading="lazy"
      srcdoc="${`<base target="_blank">${body}`}"
    ></iframe>
    <details>
      <summary>Plain text</summary>
      <pre>${text}</pre>
    </details>`;
}

function bubble({ to, text, receivedAt }: Sms): Html {
  return html`<article class="bubble">
    <p>${text}</p>
    <footer>to ${to} · ${time(receivedAt)}</footer>
  </article>`;
}

/** In the script's hands it becomes the reader's own time. */
function time(iso: string): Html {
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`;
}
