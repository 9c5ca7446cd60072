import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import {
  AzurePgError,
  type AzurePgErrorCode,
  type ConnectionOptions,
  openConnection,
  resolveConnection,
} from '@azure-pg/core';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type IssuedCertificate,
} from '@azure-pg/emulator';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Behaviour, HostileServer } from './hostile-server.ts';

const canary = 'canary-0123456789-abcdefghijklmnopqrstuvwxyz';
const deadline = 2;
const folder = mkdtempSync(join(tmpdir(), 'azure-pg-hostile-'));
const rootFile = join(folder, 'ca.pem');
let ca: CertificateAuthority;
const certificates = {} as Record<
  'good' | 'wrongName' | 'untrusted' | 'selfSigned' | 'expired' | 'notYet' | 'client',
  IssuedCertificate
>;

beforeAll(async () => {
  ca = await createCertificateAuthority();
  const other = await createCertificateAuthority('Somebody else');
  const names = ['localhost'];
  const day = 24 * 60 * 60 * 1000;
  const at = (days: number): Date => new Date(Date.now() + days * day);
  certificates.good = await ca.issue({ names });
  certificates.wrongName = await ca.issue({ names: ['other.example.com', '*.example.net'] });
  certificates.untrusted = await other.issue({ names });
  certificates.selfSigned = await ca.issue({ names, selfSigned: true });
  certificates.expired = await ca.issue({ names, notBefore: at(-9), notAfter: at(-1) });
  certificates.notYet = await ca.issue({ names, notBefore: at(1), notAfter: at(9) });
  certificates.client = await ca.issue({ names, usage: 'client' });
  writeFileSync(rootFile, ca.pem);
});
afterAll(() => rmSync(folder, { recursive: true }));

const authentication = (
  request: number,
  ...rest: (string | Buffer | number)[]
): [string, ...(string | Buffer | number)[]] => ['R', request, ...rest];

interface Attack {
  readonly what: string;
  readonly code: AzurePgErrorCode;
  readonly server: Behaviour;
  readonly options?: ConnectionOptions;
  /** Not even who wants to sign in may be seen. Default: true. */
  readonly nothingSaid?: boolean;
  readonly message?: RegExp;
}

const password: ConnectionOptions = { auth: 'password', password: canary };
const tls =
  (certificate: keyof typeof certificates): Behaviour =>
  (peer) =>
    peer.secure(certificates[certificate]);
/** What it does on a TLS connection that is in order, after the StartupMessage. */
const afterStartup =
  (then: Behaviour): Behaviour =>
  async (peer) => {
    await peer.secure(certificates.good);
    await peer.startup();
    await then(peer);
  };
/** A drop every 20 ms, for ever. */
function drip(peer: Parameters<Behaviour>[0], bytes: Buffer): void {
  let index = 0;
  const timer = setInterval(() => {
    if (peer.socket.destroyed) return clearInterval(timer);
    peer.socket.write(bytes.subarray(index % bytes.length, (index % bytes.length) + 1));
    index++;
  }, 20);
}

/** SCRAM up to the server's first message. */
async function askForRounds(peer: Parameters<Behaviour>[0], rounds: number): Promise<void> {
  peer.send(...authentication(10, 'SCRAM-SHA-256\0\0'));
  const nonce = /r=(.*)$/.exec((await peer.message()).toString())?.[1];
  peer.send(...authentication(11, `r=${nonce}x,s=c2FsdA==,i=${rounds}`));
}

/** Signs the client in, and answers its first question. */
const answering = (answer: Behaviour): Pick<Attack, 'options' | 'nothingSaid' | 'server'> => ({
  options: { ...password, target_session_attrs: 'read-write' },
  nothingSaid: false,
  server: afterStartup(async (peer) => {
    peer.send(...authentication(0));
    peer.send('Z', 'I');
    await peer.message();
    await answer(peer);
  }),
});
const ready: Behaviour = (peer) => {
  peer.send('C', 'SHOW\0');
  peer.send('Z', 'I');
};
const int16 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, 2 * index);
  return bytes;
};

const attacks: readonly Attack[] = [
  ...(
    [
      ['without a row', () => undefined],
      ['with a row of no columns', (peer) => peer.send('D', int16(0))],
      ['with NULL', (peer) => peer.send('D', int16(1), -1)],
      ['with a row description that is empty', (peer) => peer.send('T')],
      ['with a row description without an end', (peer) => peer.send('T', int16(1), 'name')],
      ['with a row description that is cut off', (peer) => peer.send('T', int16(1), 'name\0', 1)],
      ['with a row that is empty', (peer) => peer.send('D')],
      ['with fewer values than columns', (peer) => peer.send('D', int16(9), 1, 'x')],
      ['with a value that is longer than its row', (peer) => peer.send('D', int16(1), 99, 'x')],
      ['with a value of a negative length', (peer) => peer.send('D', int16(1), -7, 'x')],
      [
        'with rows without an end',
        async (peer) => {
          const row = Buffer.alloc(1_000_000);
          while (!peer.socket.destroyed) {
            peer.send('D', int16(1), row.length, row);
            await new Promise((resolve) => setImmediate(resolve));
          }
        },
      ],
    ] as [string, Behaviour][]
  ).map(
    ([what, answer]): Attack => ({
      what: `an answer to the core’s own question ${what}`,
      code: 'PROTOCOL_VIOLATION',
      ...answering(async (peer) => {
        await answer(peer);
        await ready(peer);
      }),
    }),
  ),
  ...(['rows', 'results'] as const).map(
    (what): Attack => ({
      what: `an answer to the core’s own question of very many short ${what}, which take more memory than bytes`,
      code: 'PROTOCOL_VIOLATION',
      message: /an answer without an end/,
      ...answering(async (peer) => {
        const [type, body] = what === 'rows' ? ['D', int16(0)] : ['C', '\0'];
        for (let sent = 0; sent < 250_000 && !peer.socket.destroyed; sent++) peer.send(type, body);
        await ready(peer);
      }),
    }),
  ),
  {
    what: 'few SCRAM iterations on a channel that was not verified',
    code: 'PROTOCOL_VIOLATION',
    nothingSaid: false,
    options: { ...password, sslmode: 'require', sslrootcert: undefined },
    server: afterStartup((peer) => askForRounds(peer, 1)),
  },
  {
    what: 'a hundred thousand and one SCRAM iterations',
    code: 'PROTOCOL_VIOLATION',
    nothingSaid: false,
    options: password,
    server: afterStartup((peer) => askForRounds(peer, 100001)),
  },
  {
    what: 'a certificate of an unknown authority',
    code: 'CERTIFICATE_NOT_TRUSTED',
    server: tls('untrusted'),
    message: /issued by.*Somebody else.*Roots tried: .*ca\.pem/,
  },
  {
    what: 'a self-signed certificate',
    code: 'CERTIFICATE_NOT_TRUSTED',
    server: tls('selfSigned'),
    message: /self-signed/,
  },
  {
    what: 'an expired certificate',
    code: 'CERTIFICATE_NOT_TRUSTED',
    server: tls('expired'),
    message: /expired/,
  },
  {
    what: 'a certificate from tomorrow',
    code: 'CERTIFICATE_NOT_TRUSTED',
    server: tls('notYet'),
    message: /not valid yet/,
  },
  { what: "a client's certificate", code: 'CERTIFICATE_NOT_TRUSTED', server: tls('client') },
  {
    what: "another host's certificate",
    code: 'HOST_NAME_MISMATCH',
    server: tls('wrongName'),
    message: /"localhost".*other\.example\.com, \*\.example\.net/,
  },
  {
    what: 'an unknown authority, no root file',
    code: 'CERTIFICATE_NOT_TRUSTED',
    server: tls('untrusted'),
    options: { sslrootcert: undefined },
    message: /Node\.js, the operating system and Azure/,
  },
  {
    what: 'an unknown authority, Azure alone trusted',
    code: 'CERTIFICATE_NOT_TRUSTED',
    server: tls('good'),
    options: { sslrootcert: undefined, trust: 'azure' },
    message: /Azure's roots alone/,
  },
  {
    what: 'no TLS',
    code: 'TLS_NOT_OFFERED',
    server: async (peer) => {
      await peer.sslRequest();
      peer.socket.write('N');
    },
  },
  {
    what: 'no TLS, and sslmode=prefer (a downgrade)',
    code: 'INSECURE_CONNECTION',
    options: { sslmode: 'prefer' },
    server: async (peer) => {
      await peer.sslRequest();
      peer.socket.write('N');
      await peer.startup();
      peer.send(...authentication(3));
    },
  },
  {
    what: 'an error in answer to the SSLRequest',
    code: 'PROTOCOL_VIOLATION',
    server: async (peer) => {
      await peer.sslRequest();
      peer.send('E', 'SFATAL\0C28000\0Mplease send your password to evil.example.com\0\0');
    },
    message: /^(?!.*evil)/,
  },
  {
    what: 'something that is no PostgreSQL server',
    code: 'PROTOCOL_VIOLATION',
    server: async (peer) => {
      await peer.sslRequest();
      peer.socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
    },
  },
  {
    what: 'bytes slipped in behind the "S"',
    code: 'PROTOCOL_VIOLATION',
    server: async (peer) => {
      await peer.sslRequest();
      peer.socket.write('SR\0\0\0\x08\0\0\0\x03');
    },
    message: /unencrypted data/,
  },
  { what: 'a close at once', code: 'CONNECTION_CLOSED', server: (peer) => void peer.socket.end() },
  {
    what: 'a close after the SSLRequest',
    code: 'CONNECTION_CLOSED',
    server: async (peer) => {
      await peer.sslRequest();
      peer.socket.end();
    },
  },
  {
    what: 'a close in the handshake',
    code: 'TLS_HANDSHAKE_FAILED',
    server: async (peer) => {
      await peer.sslRequest();
      peer.socket.write('S');
      await peer.read(20);
      peer.socket.destroy();
    },
  },
  {
    what: 'a reset instead of an answer',
    code: 'CONNECTION_CLOSED',
    server: async (peer) => {
      await peer.sslRequest();
      peer.socket.resetAndDestroy();
    },
  },
  {
    what: 'a reset in the handshake',
    code: 'TLS_HANDSHAKE_FAILED',
    server: async (peer) => {
      await peer.sslRequest();
      peer.socket.write('S');
      await peer.read(20);
      peer.socket.resetAndDestroy();
    },
  },
  {
    what: 'a reset after the StartupMessage',
    code: 'CONNECTION_CLOSED',
    nothingSaid: false,
    server: async (peer) => {
      const raw = peer.socket;
      await peer.secure(certificates.good);
      await peer.startup();
      raw.resetAndDestroy();
    },
  },
  {
    what: 'rubbish instead of a handshake',
    code: 'TLS_HANDSHAKE_FAILED',
    server: async (peer) => {
      await peer.sslRequest();
      peer.socket.write('S');
      await peer.read(20);
      peer.socket.write(Buffer.alloc(100, 0x41));
    },
  },
  {
    what: 'silence',
    code: 'CONNECT_TIMEOUT',
    server: () => {},
    message: /2 s \(connect_timeout\); it was reaching "localhost", port \d+/,
  },
  {
    what: 'silence in the handshake',
    code: 'CONNECT_TIMEOUT',
    server: async (peer) => {
      await peer.sslRequest();
      peer.socket.write('S');
    },
  },
  {
    what: 'a handshake that drips',
    code: 'CONNECT_TIMEOUT',
    server: async (peer) => {
      await peer.sslRequest();
      peer.socket.write('S');
      await peer.read(20);
      drip(peer, Buffer.concat([Buffer.from([22, 3, 3, 0x40, 0, 2, 0, 0x3f, 0xfc]), Buffer.alloc(60_000)]));
    },
  },
  {
    what: 'direct TLS that does not agree to speak "postgresql"',
    code: 'TLS_HANDSHAKE_FAILED',
    options: { sslnegotiation: 'direct' },
    server: (peer) => peer.handshake(certificates.good),
  },
  {
    what: 'a close after the StartupMessage',
    code: 'CONNECTION_CLOSED',
    nothingSaid: false,
    server: afterStartup((peer) => void peer.socket.end()),
  },
  {
    what: 'silence after the StartupMessage',
    code: 'CONNECT_TIMEOUT',
    nothingSaid: false,
    server: afterStartup(() => {}),
  },
  {
    what: 'a message that drips',
    code: 'CONNECT_TIMEOUT',
    nothingSaid: false,
    server: afterStartup((peer) =>
      drip(peer, Buffer.from([0x45, 0, 0, 0x20, 0, ...Buffer.alloc(8000, 0x41)])),
    ),
  },
  {
    what: 'a message of four gigabytes',
    code: 'PROTOCOL_VIOLATION',
    nothingSaid: false,
    server: afterStartup((peer) => void peer.socket.write(Buffer.from('R\xff\xff\xff\xff', 'latin1'))),
  },
  {
    what: 'notices without an end before the sign-in',
    code: 'PROTOCOL_VIOLATION',
    nothingSaid: false,
    server: afterStartup((peer) => {
      for (let count = 0; count < 100; count++) peer.send('N', 'SNOTICE\0Mhello\0\0');
    }),
  },
  {
    what: 'ready without any sign-in',
    code: 'PROTOCOL_VIOLATION',
    nothingSaid: false,
    server: afterStartup((peer) => peer.send('Z', 'I')),
  },
  {
    what: 'an unknown way to authenticate',
    code: 'AUTH_METHOD_NOT_ALLOWED',
    nothingSaid: false,
    server: afterStartup((peer) => peer.send(...authentication(4711))),
  },
  {
    what: 'GSSAPI',
    code: 'AUTH_METHOD_NOT_ALLOWED',
    nothingSaid: false,
    message: /GSSAPI/,
    server: afterStartup((peer) => peer.send(...authentication(7))),
  },
  {
    what: 'SASL by OAuth alone',
    code: 'AUTH_METHOD_NOT_ALLOWED',
    nothingSaid: false,
    message: /OAUTHBEARER/,
    server: afterStartup((peer) => peer.send(...authentication(10, 'OAUTHBEARER\0\0'))),
  },
  {
    what: 'a cleartext password where only SCRAM is allowed',
    code: 'AUTH_METHOD_NOT_ALLOWED',
    nothingSaid: false,
    options: { ...password, require_auth: 'scram-sha-256' },
    server: afterStartup((peer) => peer.send(...authentication(3))),
  },
  {
    what: 'MD5 where MD5 is forbidden',
    code: 'AUTH_METHOD_NOT_ALLOWED',
    nothingSaid: false,
    options: { ...password, require_auth: '!md5' },
    server: afterStartup((peer) => peer.send(...authentication(5, 'salt'))),
  },
  {
    what: 'letting everyone in where SCRAM is demanded',
    code: 'AUTH_METHOD_NOT_ALLOWED',
    nothingSaid: false,
    options: { ...password, require_auth: 'scram-sha-256' },
    server: afterStartup((peer) => {
      peer.send(...authentication(0));
      peer.send('Z', 'I');
    }),
  },
  {
    what: 'a cleartext password where channel binding is demanded',
    code: 'AUTH_METHOD_NOT_ALLOWED',
    nothingSaid: false,
    options: { ...password, channel_binding: 'require' },
    server: afterStartup((peer) => peer.send(...authentication(3))),
  },
  {
    what: 'SCRAM without the channel binding that is demanded',
    code: 'AUTH_METHOD_NOT_ALLOWED',
    nothingSaid: false,
    options: { ...password, channel_binding: 'require' },
    server: afterStartup((peer) => peer.send(...authentication(10, 'SCRAM-SHA-256\0\0'))),
  },
  {
    what: 'a SCRAM nonce that is not ours',
    code: 'PROTOCOL_VIOLATION',
    nothingSaid: false,
    options: password,
    server: afterStartup(async (peer) => {
      peer.send(...authentication(10, 'SCRAM-SHA-256\0\0'));
      await peer.message();
      peer.send(...authentication(11, 'r=anothernonce,s=c2FsdA==,i=4096'));
    }),
  },
  {
    what: 'a billion SCRAM iterations',
    code: 'PROTOCOL_VIOLATION',
    nothingSaid: false,
    options: password,
    server: afterStartup((peer) => askForRounds(peer, 1000000000)),
  },
  {
    what: 'a SCRAM signature of somebody who does not know the password',
    code: 'PROTOCOL_VIOLATION',
    nothingSaid: false,
    options: password,
    message: /does not know the password/,
    server: afterStartup(async (peer) => {
      await askForRounds(peer, 4096);
      await peer.message();
      peer.send(...authentication(12, `v=${Buffer.alloc(32).toString('base64')}`));
      peer.send(...authentication(0));
      peer.send('Z', 'I');
    }),
  },
  {
    what: 'a sign-in that is declared done in the middle of SCRAM',
    code: 'PROTOCOL_VIOLATION',
    nothingSaid: false,
    options: password,
    server: afterStartup(async (peer) => {
      peer.send(...authentication(10, 'SCRAM-SHA-256\0\0'));
      await peer.message();
      peer.send(...authentication(0));
      peer.send('Z', 'I');
    }),
  },
  {
    what: 'cleartext after SCRAM has begun',
    code: 'PROTOCOL_VIOLATION',
    nothingSaid: false,
    options: password,
    server: afterStartup(async (peer) => {
      peer.send(...authentication(10, 'SCRAM-SHA-256\0\0'));
      await peer.message();
      peer.send(...authentication(3));
    }),
  },
];

describe('a hostile server gets no credential, a typed error ends the attempt, and no socket stays open', () => {
  it.each(attacks)('$what', async ({ server: behaviour, options, code, message, nothingSaid = true }) => {
    await using server = await HostileServer.start(behaviour);
    const connection = resolveConnection(
      {
        host: 'localhost',
        hostaddr: '127.0.0.1',
        port: server.port,
        user: 'canary-user',
        sslmode: 'verify-full',
        sslrootcert: rootFile,
        connect_timeout: deadline,
        ...(options?.auth === 'password' ? {} : { auth: 'entra', tokenProvider: async () => canary }),
        ...options,
      },
      undefined,
      {},
    );
    const begun = performance.now();
    const error: unknown = await openConnection(connection).then(
      ({ socket }) => socket.destroy(),
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(AzurePgError);
    const refusal = error as AzurePgError;
    expect(refusal.code, refusal.message).toBe(code);
    if (message !== undefined) expect(refusal.message).toMatch(message);
    expect(refusal.hint).toBeTruthy();
    expect(performance.now() - begun).toBeLessThan(deadline * 1000 + 2000);
    await server.deserted();
    expect(server.received.includes(canary)).toBe(false);
    if (nothingSaid) expect(server.received.includes('canary-user')).toBe(false);
    expect(`${inspect(error, { depth: 9 })} ${JSON.stringify(error)} ${refusal.hint}`).not.toMatch(
      /canary-0123|rejectUnauthorized: false/,
    );
  });

  it.each(['before TLS', 'after the "S"', 'after the StartupMessage'] as const)(
    'rubbish %s is a typed error',
    async (when) => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 100 }), async (bytes) => {
          await using server = await HostileServer.start(async (peer) => {
            if (when === 'after the StartupMessage') {
              await peer.secure(certificates.good);
              await peer.startup();
            } else {
              await peer.sslRequest();
              if (when === 'after the "S"') peer.socket.write('S');
            }
            peer.socket.end(bytes);
          });
          const settings = {
            host: 'localhost',
            hostaddr: '127.0.0.1',
            port: server.port,
            user: 'u',
            connect_timeout: 5,
          } as const;
          const connection = resolveConnection(
            { ...settings, ...password, sslmode: 'verify-full', sslrootcert: rootFile },
            undefined,
            {},
          );
          const error: unknown = await openConnection(connection).catch((reason: unknown) => reason);
          expect(error).toBeInstanceOf(AzurePgError);
          await server.deserted();
          expect(server.received.includes(canary)).toBe(false);
        }),
        { numRuns: 40 },
      );
    },
  );

  it('NODE_TLS_REJECT_UNAUTHORIZED=0 changes nothing', async () => {
    await using server = await HostileServer.start(tls('untrusted'));
    const settings = {
      host: 'localhost',
      hostaddr: '127.0.0.1',
      port: server.port,
      user: 'canary-user',
    } as const;
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      const connection = resolveConnection(
        { ...settings, ...password, sslmode: 'verify-full', sslrootcert: rootFile },
        undefined,
        {},
      );
      await expect(openConnection(connection)).rejects.toMatchObject({ code: 'CERTIFICATE_NOT_TRUSTED' });
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
    await server.deserted();
    expect(server.received.includes('canary')).toBe(false);
  });

  it('the canary is there to be found: an honest server gets it', async () => {
    await using server = await HostileServer.start(
      afterStartup(async (peer) => {
        peer.send(...authentication(3));
        await peer.message();
        peer.send('E', 'SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed\0\0');
      }),
    );
    const url = `postgresql://canary-user:${canary}@localhost:${server.port}/x?hostaddr=127.0.0.1&sslmode=verify-full`;
    const connection = resolveConnection(url, { sslrootcert: rootFile }, {});
    await expect(openConnection(connection)).rejects.toMatchObject({
      code: 'SERVER_REFUSED',
      serverError: { code: '28P01' },
    });
    await server.deserted();
    expect(server.received.includes(canary)).toBe(true);
    expect(server.received.includes('canary-user')).toBe(true);
  });
});
