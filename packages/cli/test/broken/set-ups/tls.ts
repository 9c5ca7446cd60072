import type { BrokenSetUp } from './broken-set-up.ts';

const elsewhere = { host: 'db.internal.example' };

export const tlsSetUps: readonly BrokenSetUp[] = [
  {
    name: 'a server without TLS',
    doctor: 'tls-not-offered',
    make: async (stand) => ({ url: await stand.faultUrl('plaintext') }),
  },
  {
    name: 'a server behind another name',
    doctor: 'host-name-mismatch',
    make: (stand) => ({
      url: stand.url('native', { hostaddr: '127.0.0.1' }, (url) => {
        url.hostname = elsewhere.host;
      }),
    }),
  },
  {
    name: 'an unknown authority',
    doctor: 'certificate-not-trusted',
    make: (stand) => ({ url: stand.url('direct', { sslrootcert: undefined }), env: stand.emulator.env }),
  },
  {
    name: 'an expired certificate',
    doctor: 'certificate-expired',
    make: async (stand) => ({
      url: await stand.faultUrl(
        await stand.emulator.ca.issue({
          names: ['localhost'],
          notBefore: new Date(Date.now() - 20 * 86_400_000),
          notAfter: new Date(Date.now() - 86_400_000),
        }),
      ),
    }),
  },
  {
    name: 'a server that only speaks old TLS',
    doctor: 'tls-version',
    make: async (stand) => ({
      url: await stand.faultUrl({
        ...(await stand.emulator.ca.issue({ names: ['localhost'] })),
        minVersion: 'TLSv1',
        maxVersion: 'TLSv1.1',
        ciphers: 'DEFAULT@SECLEVEL=0',
      }),
    }),
  },
];
