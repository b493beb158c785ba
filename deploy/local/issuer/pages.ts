import { html } from '../html.ts';
import type { Html } from '../html.ts';

/** The form in which people sign in; `failed` after a wrong attempt, with the email that was given. */
export function signInPage(uid: string, { failed, email }: { failed: boolean; email: string }): string {
  return page(
    'Sign in to Longwire',
    html`<form method="post" action="/sign-in/${uid}">
      ${failed ? html`<p role="alert">The email or the password is not right.</p>` : html``}
      <label
        >Email <input name="email" type="email" autocomplete="username" required value="${email}" autofocus
      /></label>
      <label>Password <input name="password" type="password" autocomplete="current-password" required /></label>
      <button>Sign in</button>
      <p class="hint">The people of this suite and their passwords were shown in the terminal when it started.</p>
    </form>`,
  );
}

/** @param form what the provider needs to be sent, as markup */
export function signOutPage(form: string): string {
  return page(
    'Sign out?',
    html`${{ markup: form }}
      <p>You have left the console. Stay signed in here, and the next sign-in asks for no password.</p>
      <button type="submit" form="op.logoutForm" name="logout" value="yes" autofocus>Sign out</button>
      <button type="submit" form="op.logoutForm" class="quiet">Stay signed in</button>`,
  );
}

export const signedOutPage = (): string => page('You have signed out', html`<p>You may close this page.</p>`);

export const errorPage = (error: string, description = ''): string =>
  page(
    'This did not work',
    html`<p>${description || error}</p>
      <p class="hint">${error}. Go back to the console and start again.</p>`,
  );

function page(title: string, content: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>${title}</title>
      <link rel="icon" href="data:," />
      <style>
        ${{ markup: style }}
      </style>
      <main>
        <h1>${title}</h1>
        ${content}
      </main>
    </html> `.markup;
}

const style = `
  :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; background: light-dark(#f7f7f5, #121416); color: light-dark(#17191c, #eceef0); }
  body { display: grid; min-height: 90vh; margin: 16px; place-items: center; }
  main { width: min(340px, 100%); padding: 32px; border: 1px solid light-dark(#e2e3df, #2d3236); border-radius: 14px; background: light-dark(#fff, #1b1e21); }
  h1 { margin: 0 0 20px; font-size: 22px; }
  label { display: block; margin-bottom: 14px; font-weight: 600; }
  input, button { box-sizing: border-box; width: 100%; padding: 10px 12px; border: 1px solid light-dark(#8b9097, #7b828a); border-radius: 8px; font: inherit; }
  input { margin-top: 4px; background: transparent; color: inherit; }
  button { border-color: transparent; background: light-dark(#0b6e4f, #4cc79a); color: light-dark(#fff, #06281c); font-weight: 600; cursor: pointer; }
  button.quiet { margin-top: 8px; border-color: currentColor; background: transparent; color: inherit; }
  :focus-visible { outline: 2px solid light-dark(#0b6e4f, #4cc79a); outline-offset: 2px; }
  [role='alert'] { color: light-dark(#b3261e, #ff9b91); }
  .hint { margin: 16px 0 0; color: light-dark(#5a6068, #a3a9b0); font-size: 13px; }
`;
