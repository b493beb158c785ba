import { expect, test } from 'vitest';
import { archiveOf, parseDeb822, parseOneLine, sourceFor } from './apt-sources.js';

const bookworm = { id: 'debian', codename: 'bookworm' };
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

test('the deb822 file of a Debian image gives its archive, for another suite, with its key', () => {
  const sources = parseDeb822(`Types: deb
# http://snapshot.example/archive
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: ${keyring}

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: ${keyring}
`);
  expect(sources).toHaveLength(2);
  expect(sourceOf(sources)).toBe(`Types: deb
URIs: http://mirror.example/debian
Suites: trixie
Components: main
Signed-By: ${keyring}
`);
});

test('a one-line file gives the same', () => {
  const sources = parseOneLine(`# deb http://old.example/debian bookworm main
deb [arch=amd64 signed-by=${keyring}] https://mirror.example/debian/ bookworm main contrib # the archive
deb-src https://mirror.example/debian/ bookworm main
deb https://mirror.example/debian-security bookworm-security main
`);
  expect(sources).toHaveLength(2);
  expect(sourceOf(sources)).toBe(`Types: deb
URIs: https://mirror.example/debian/
Suites: trixie
Components: main
Signed-By: ${keyring}
`);
});

test('a source without a key of its own trusts what the system trusts', () => {
  expect(sourceOf(parseOneLine('deb http://mirror.example/debian stable main'))).not.toContain('Signed-By');
});

test('a key given inline stays whole', () => {
  const key = ' -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDMEY\n -----END PGP PUBLIC KEY BLOCK-----';
  const text = `Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main\nSigned-By:\n${key}\n`;
  expect(sourceOf(parseDeb822(text))).toContain(`Signed-By: \n${key}\n`);
});

test("other people's repositories are not taken for the archive", () => {
  const sources = [
    ...parseOneLine('deb [signed-by=/etc/apt/keyrings/vendor.gpg] https://vendor.example/apt bookworm main'),
    ...parseDeb822('Types: deb\nURIs: https://node.example/node_20.x\nSuites: nodistro\nComponents: main\n'),
  ];
  expect(archiveOf(sources, bookworm)).toBeUndefined();
});

test('a source that is switched off, or of sources only, does not count', () => {
  const off = 'Types: deb\nEnabled: no\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main\n';
  const srcOnly = 'Types: deb-src\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main\n';
  expect(parseDeb822(`${off}\n${srcOnly}`)).toEqual([]);
});

function sourceOf(sources: ReturnType<typeof parseDeb822>): string {
  const archive = archiveOf(sources, bookworm);
  if (!archive) throw new Error('no archive found');
  return sourceFor(archive, 'trixie');
}
