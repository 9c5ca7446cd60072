import type { BrokenSetUp } from './broken-set-up.ts';

export const serverSetUps: readonly BrokenSetUp[] = [
  {
    name: 'a pooler that refuses a startup parameter',
    doctor: 'pooler-refuses-startup-parameter',
    make: (stand) => ({
      url: stand.url('pooled', { pool_mode: 'detect', options: '-c statement_timeout=5s' }),
      env: stand.emulator.env,
    }),
  },
  {
    name: 'a server that is read-only',
    doctor: 'read-only',
    make: (stand) => ({
      url: stand.url('direct', {
        options: '-c default_transaction_read_only=on',
        target_session_attrs: 'read-write',
      }),
      env: stand.emulator.env,
    }),
  },
  {
    name: 'a role with no connection left',
    doctor: 'too-many-clients',
    make: async (stand) => {
      await stand.emulator.query("CREATE ROLE crowded LOGIN PASSWORD 'secret-word' CONNECTION LIMIT 0");
      return {
        url: stand.url('native', {}, (url) => {
          url.username = 'crowded';
          url.password = 'secret-word';
        }),
      };
    },
  },
];
