import type { BrokenSetUp } from './broken-set-up.ts';

/** The port of "tcpmux", which nobody has listened on for decades. */
const closed = 1;

export const networkSetUps: readonly BrokenSetUp[] = [
  {
    name: 'a name that does not resolve',
    doctor: 'name-not-found',
    make: () => ({ url: 'postgresql://app:secret-word@no-such-server.invalid/app' }),
  },
  {
    name: 'a port where nobody listens',
    doctor: 'connection-refused',
    make: async (stand) => ({
      url: `postgresql://app:secret-word@localhost:${await stand.closedPort()}/app?hostaddr=127.0.0.1`,
    }),
  },
  {
    name: 'a pooler that is turned off',
    doctor: 'pooler-off',
    make: async (stand) => ({
      url: stand.url('pooled', {}, (url) => {
        url.port = String(closed);
        url.searchParams.set('direct_port', String(stand.emulator.ports.direct));
      }),
      env: stand.emulator.env,
    }),
  },
  {
    name: 'a firewall that drops packets',
    doctor: 'no-answer',
    make: async (stand) => ({
      url: `postgresql://app:secret-word@localhost:${await stand.droppingPort()}/app?hostaddr=127.0.0.1&connect_timeout=3`,
    }),
  },
  {
    name: 'a pooler whose port a firewall drops, while the server answers',
    doctor: 'pooler-off',
    explained: 'no-answer',
    make: async (stand) => {
      const port = await stand.droppingPort();
      return {
        url: stand.url(
          'pooled',
          { connect_timeout: '3', direct_port: String(stand.emulator.ports.direct) },
          (url) => {
            url.port = String(port);
          },
        ),
        env: stand.emulator.env,
      };
    },
  },
  {
    name: 'a private address without a route',
    doctor: 'no-route',
    make: () => ({
      url: 'postgresql://app:secret-word@db.internal.example/app?hostaddr=fd00:a9e:1::5&connect_timeout=5',
    }),
  },
  {
    name: 'a server that takes the connection and says nothing',
    doctor: 'no-answer',
    make: async (stand) => ({ url: await stand.faultUrl('silent') }),
  },
  {
    name: 'a proxy with nothing behind it',
    doctor: 'closed-before-sign-in',
    make: async (stand) => ({ url: await stand.faultUrl('closes') }),
  },
  {
    name: 'a web server',
    doctor: 'not-postgresql',
    make: async (stand) => ({ url: await stand.faultUrl('http') }),
  },
];
