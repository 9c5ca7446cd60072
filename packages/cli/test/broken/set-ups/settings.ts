import type { BrokenSetUp } from './broken-set-up.ts';

const elsewhere = { host: 'db.internal.example' };

export const settingsSetUps: readonly BrokenSetUp[] = [
  {
    name: 'a URL with a percent sign that is none',
    doctor: 'connection-string-invalid',
    make: () => ({ url: 'postgresql://ada:50%zz@localhost/app' }),
  },
  {
    name: 'a misspelt setting',
    doctor: 'setting-unknown',
    make: (stand) => ({ url: `${stand.url('direct')}&ssl_mode=require` }),
  },
  {
    name: 'a port that is none',
    doctor: 'setting-invalid',
    make: (stand) => ({ url: `${stand.url('direct')}&connect_timeout=soon` }),
  },
  {
    name: 'an unresolved Key Vault reference as password',
    doctor: 'key-vault-reference-unresolved',
    make: (stand) => ({
      url: stand.url('native', {}, (url) => {
        url.password = '';
      }),
      env: { PGPASSWORD: '@Microsoft.KeyVault(SecretUri=https://vault.vault.azure.net/secrets/db)' },
    }),
  },
  {
    name: 'a CA file that is not there',
    doctor: 'certificate-file',
    make: (stand) => ({
      url: stand.url('direct', { sslrootcert: '/nowhere/ca.pem' }),
      env: stand.emulator.env,
    }),
  },
  {
    name: 'Entra over plaintext',
    doctor: 'insecure-connection',
    make: (stand) => ({ url: stand.url('direct', { sslmode: 'disable' }), env: stand.emulator.env }),
  },
  {
    name: 'a token for a host that is not Azure’s',
    doctor: 'host-not-allowed',
    make: (stand) => ({
      url: stand.url(
        'direct',
        { auth: 'entra', hostaddr: '127.0.0.1', ssl_server_name: 'local.postgres.database.azure.com' },
        (url) => {
          url.hostname = elsewhere.host;
        },
      ),
      env: stand.emulator.env,
    }),
  },
  {
    name: 'a startup parameter that the pooler is known to refuse',
    doctor: 'pooler-refuses-startup-parameter',
    make: (stand) => ({
      url: stand.url('pooled', { options: '-c statement_timeout=5s' }),
      env: stand.emulator.env,
    }),
  },
];
