import { expect, test } from 'vitest';
import { parseDeb822Sources, parseSourceList } from '../src/pgbouncer/debian-sources.ts';

// Names that RFC 2606 reserves: texts to be parsed, from which nothing is ever fetched.
test('deb822: Debian’s own entries, enabled and with main, and no others', () => {
  const text = `# a comment
Types: deb
# inside, too
URIs: https://mirror.example/debian
 https://second.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb-src
URIs: https://source.example/debian
Suites: bookworm
Components: main

Types: deb
URIs: https://off.example/debian
Suites: bookworm
Components: main
Enabled: no

Types: deb
URIs: https://security.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
URIs: https://vendor.example/linux
Suites: nodistro
Components: main
`;
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  expect(parseDeb822Sources(text)).toEqual([
    { uri: 'https://mirror.example/debian', keyring },
    { uri: 'https://second.example/debian', keyring },
  ]);
});

test('one-line: options, comments and other suites are understood', () => {
  const text = `deb http://mirror.example/debian trixie main # the mirror
# deb http://old.example/debian bookworm main
deb [arch=amd64 signed-by=/etc/k.gpg] https://user:pass@mirror.example/debian stable main contrib
deb-src http://mirror.example/debian trixie main
deb https://vendor.example/apt vendor-bookworm main
deb http://mirror.example/debian trixie contrib
`;
  expect(parseSourceList(text)).toEqual([
    { uri: 'http://mirror.example/debian', keyring: undefined },
    { uri: 'https://user:pass@mirror.example/debian', keyring: '/etc/k.gpg' },
  ]);
});
