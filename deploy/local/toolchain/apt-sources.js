/**
 * One archive as apt knows it; the fields that matter for asking it for another suite.
 * @typedef {{ uris: string[], suites: string[], components: string[], signedBy: string | undefined }} AptSource
 */

/**
 * Reads the deb822 format of sources.list(5): stanzas of fields, values that go on in indented lines.
 * @param {string} text content of a `.sources` file
 * @returns {AptSource[]}
 */
export function parseDeb822(text) {
  const plain = text.replace(/^#.*\n?/gm, '');
  return plain
    .split(/\n[ \t]*\n/)
    .map(parseStanza)
    .filter((fields) => words(fields.get('types')).includes('deb') && fields.get('enabled')?.toLowerCase() !== 'no')
    .map((fields) => ({
      uris: words(fields.get('uris')),
      suites: words(fields.get('suites')),
      components: words(fields.get('components')),
      signedBy: fields.get('signed-by'),
    }));
}

/**
 * Reads the one-line format of sources.list(5): `deb [option=value …] uri suite component…`.
 * @param {string} text content of a `.list` file
 * @returns {AptSource[]}
 */
export function parseOneLine(text) {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (!match) return [];
    const [, options = '', uri = '', suite = '', components = ''] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1]?.replaceAll(',', ' ');
    return [{ uris: [uri], suites: [suite], components: words(components), signedBy }];
  });
}

/**
 * The distribution's own archive among all that a machine is set up with: it carries the release's plain suite,
 * and is signed by the distribution or at least named like it.
 * @param {AptSource[]} sources
 * @param {{ id: string, codename: string }} release of os-release(5)
 * @returns {AptSource | undefined}
 */
export function archiveOf(sources, { id, codename }) {
  const names = new Set([codename, 'stable', 'oldstable', 'testing', 'unstable', 'sid']);
  const carriesRelease = sources.filter(
    ({ suites, components }) =>
      components.includes('main') && suites.some((suite) => names.has(suite.replace(/\/$/, ''))),
  );
  return (
    carriesRelease.find(({ signedBy }) => signedBy?.includes(`${id}-archive`)) ??
    carriesRelease.find(({ uris }) => uris.some((uri) => new RegExp(`/${id}/?$`).test(uri)))
  );
}

/**
 * A source of the same archive, keys included, for another suite, as the text of a `.sources` file.
 * @param {AptSource} archive
 * @param {string} suite
 */
export function sourceFor({ uris, signedBy }, suite) {
  const key = signedBy === undefined ? '' : `Signed-By: ${signedBy}\n`;
  return `Types: deb\nURIs: ${uris.join(' ')}\nSuites: ${suite}\nComponents: main\n${key}`;
}

/** @param {string} stanza */
function parseStanza(stanza) {
  // A value ends where the next line starts with something else than white space; a key given inline keeps its lines.
  const fields = stanza.matchAll(/^([\w-]+):[ \t]*(.*(?:\n[ \t].*)*)/gm);
  return new Map(Array.from(fields, ([, name = '', value = '']) => [name.toLowerCase(), value.trimEnd()]));
}

/** @param {string | undefined} text */
function words(text) {
  return text?.split(/\s+/).filter(Boolean) ?? [];
}
