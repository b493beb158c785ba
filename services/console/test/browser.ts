/** As much of a browser as signing in needs: it keeps cookies, follows redirects by hand, and sends forms. */
export class Browser {
  readonly cookies = new Map<string, string>();
  /** What servers set, attributes included. */
  readonly setCookies: string[] = [];

  async open(url: string, init: RequestInit = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...Object.fromEntries(new Headers(init.headers)), ...(cookie && { cookie }) };
    const answer = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) this.#keep(line);
    return answer;
  }

  /** Follows redirects up to an answer that is none, or to an address that starts with `until`. */
  async follow(start: string, until = '\0'): Promise<{ url: string; answer: Response | undefined }> {
    let url = start;
    while (!url.startsWith(until)) {
      const answer = await this.open(url);
      const next = answer.headers.get('location');
      if (next === null) return { url, answer };
      url = new URL(next, url).href;
    }
    return { url, answer: undefined };
  }

  #keep(line: string): void {
    this.setCookies.push(line);
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === '') this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
