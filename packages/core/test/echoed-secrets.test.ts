import { inspect } from 'node:util';
import { type AzurePgError, explainError, openConnection, resolveConnection } from '@azure-pg/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, TestRunner } from 'vitest';
import { concealing } from '../src/connection/conceal.ts';
import { driverError } from '../src/explain/driver-error.ts';
import { tokenWith } from './credentials/test-token.ts';
import { connectionTo } from './errors/recorded/make-error.ts';
import { recordedErrors } from './errors/recorded-errors.ts';
import { type Behaviour, HostileServer } from './hostile-server.ts';

const runs = { numRuns: TestRunner.matchesTags(['slow']) ? 2500 : 250 };
const patience = 120_000;

/** What the server says next, given the secret that it was told. */
let answer: (secret: string) => readonly (readonly [type: string, body: Buffer])[];
let server: HostileServer;

const behaviour: Behaviour = async (peer) => {
  await peer.startup();
  peer.send('R', 3);
  const secret = (await peer.message()).toString('utf8').slice(0, -1);
  for (const [type, body] of answer(secret)) peer.send(type, body);
};

beforeAll(async () => {
  server = await HostileServer.start(behaviour);
});
afterAll(() => server[Symbol.asyncDispose]());

const connectionWith = (password: string) =>
  resolveConnection(
    {
      host: '127.0.0.1',
      port: server.port,
      user: 'ada',
      database: 'app',
      password,
      auth: 'password',
      sslmode: 'disable',
      target_session_attrs: 'read-write',
    },
    undefined,
    {},
  );

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const refusal = (fields: Readonly<Record<string, string>>): Buffer =>
  Buffer.from(
    `${Object.entries(fields)
      .map(([letter, text]) => `${letter}${text}\0`)
      .join('')}\0`,
  );

/** Where an error can be said: instead of the sign-in, after it, and in answer to the core's own question. */
const moments: Readonly<Record<string, readonly (readonly [string, Buffer])[]>> = {
  'to the password': [],
  'after the sign-in': [['R', int32(0)]],
  'to a question of ours': [
    ['R', int32(0)],
    ['Z', Buffer.from('I')],
  ],
};

async function refused(
  password: string,
  moment: string,
  fieldsFor: (secret: string) => Readonly<Record<string, string>>,
): Promise<{ error: AzurePgError; outputs: string }> {
  answer = (secret) => [
    ...(moments[moment] ?? []),
    ['E', refusal(fieldsFor(secret))],
    ['Z', Buffer.from('I')],
  ];
  const connection = connectionWith(password);
  const error: unknown = await openConnection(connection).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'SERVER_REFUSED' });
  const refusing = error as AzurePgError;
  const asDriver = driverError(refusing, connection, (fields) =>
    Object.assign(new Error(fields.message), fields),
  );
  const outputs = [refusing, asDriver]
    .flatMap((one) => [
      inspect(one, { showHidden: true, depth: 12, maxStringLength: null, maxArrayLength: null }),
      JSON.stringify(one),
      JSON.stringify(explainError(one, connection)),
      String(one),
      one.stack,
    ])
    .join('\n');
  return { error: refusing, outputs };
}

/** The ways in which a server may quote a secret so that a simple search for it finds nothing; the longest run of it that must not show. */
const disguises: Readonly<Record<string, (secret: string) => string>> = {
  whole: (secret) => secret,
  'in upper case': (secret) => secret.toUpperCase(),
  'in lower case': (secret) => secret.toLowerCase(),
  'in base64': (secret) => Buffer.from(secret).toString('base64'),
  'in base64url': (secret) => Buffer.from(secret).toString('base64url'),
  'in hexadecimal': (secret) => Buffer.from(secret).toString('hex'),
  'percent-encoded': (secret) => encodeURIComponent(secret),
  'percent-encoded to the last character': (secret) =>
    Buffer.from(secret).toString('hex').replace(/../g, '%$&'),
};
/** For secrets of some length: disguises of a part, or in other company. */
const more: Readonly<Record<string, (secret: string) => string>> = {
  'in base64, behind a name': (secret) => Buffer.from(`x:${secret}`).toString('base64').slice(3),
  'in base64, behind a longer name': (secret) => Buffer.from(`x:y:${secret}`).toString('base64').slice(6),
  'its first half': (secret) => secret.slice(0, Math.ceil(secret.length / 2)),
  'its middle': (secret) => secret.slice(3, -3),
  'on several lines': (secret) => secret.replace(/.{5}/gsu, '$&\n'),
  'in pieces with quotes': (secret) => secret.replace(/.{4}/gsu, `$&' "`),
};
/** What is not hidden must not carry the secret. */
const kept = [
  'AAD_AUTH_TOKENTYPE_',
  'password authentication failed for user ',
  'no pg_hba.conf entry for host ',
  'role "',
  'ada@',
];
const piece = 8;

/** Whether eight characters in a row of the disguised secret show, also with the blanks and quotes taken out that the disguise put in. */
function shows(outputs: string, disguised: string): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/\\n|[\s'"\\]/g, '');
  const [output, looked] = [plain(outputs), plain(disguised)];
  for (let at = 0; at + piece <= looked.length; at++) {
    const part = looked.slice(at, at + piece);
    if (output.includes(part)) return part;
  }
  return undefined;
}

const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const letter = fc.constantFrom(...alphabet);
const sign = fc.constantFrom(...'!#$%&()*+,-./:;<=>?@[]^_{|}~');
const other = fc.constantFrom(...'äßñçøЖλ中🔑𝄞');
// Not fc.string(): it likes names of JavaScript, which stand in stacks.
const text = (unit: fc.Arbitrary<string>, minLength: number, maxLength: number) =>
  fc.array(unit, { minLength, maxLength }).map((letters) => letters.join(''));
const longPassword = text(
  fc.oneof({ weight: 8, arbitrary: letter }, { weight: 2, arbitrary: sign }, { weight: 1, arbitrary: other }),
  16,
  60,
);
const token = fc
  .record({
    oid: fc.uuid(),
    upn: fc.emailAddress(),
    nonce: text(letter, 40, 900),
  })
  .map(tokenWith);
// No word of the texts below.
const shortPassword = fc
  .tuple(fc.constantFrom('q', 'Q', 'z', 'j', '7'), text(fc.oneof(letter, sign), 0, 6))
  .map(([first, rest]) => first + rest);
const field = fc.constantFrom('M', 'D', 'H', 'F', 'R', 'S', 'V', 'C', 'L', 'W');
const moment = fc.constantFrom(...Object.keys(moments));

describe('a server that quotes what it was told', () => {
  it(
    'gets no eight characters of a token or password into an error, whatever the disguise',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(longPassword, token),
          fc.constantFrom(...Object.entries({ ...disguises, ...more })),
          field,
          moment,
          fc.constantFrom('', ...kept),
          async (secret, [, disguise], letter, when, before) => {
            const { outputs } = await refused(secret, when, (told) => ({
              S: 'FATAL',
              C: '28P01',
              M: 'no',
              [letter]: `you said (${before}${disguise(told)}) to me`,
            }));
            expect(shows(outputs, disguise(secret))).toBeUndefined();
          },
        ),
        runs,
      );
    },
    patience,
  );

  it(
    'gets no short password into an error where it stands as a word, and the rest of the text stays',
    async () => {
      const between = fc.constantFrom(['"', '"'], [' ', ' '], ['(', ')'], ['=', ','], [': ', '.']);
      await fc.assert(
        fc.asyncProperty(
          shortPassword,
          fc.constantFrom(...Object.entries(disguises)),
          between,
          moment,
          async (secret, [, disguise], [before, after], when) => {
            const text = (echo: string): string => `you said ${before}${echo}${after} to me`;
            const { error } = await refused(secret, when, (told) => ({
              S: 'FATAL',
              C: '28P01',
              M: text(disguise(told)),
              D: text(disguise(told)),
            }));
            // Signs may be left at either end, as base64's "=".
            const shown = error.serverError?.message.replace(/[^\p{L}\p{N}]*\*\*\*[^\p{L}\p{N}]*/u, '***');
            expect(shown).toBe('you said***to me');
            expect(error.serverError?.detail).toBe(error.serverError?.message);
          },
        ),
        runs,
      );
    },
    patience,
  );

  it('gets nothing of a password that only begins with a name or with words that are kept', async () => {
    for (const password of ['ada-lovelace-1815', '127.0.0.1-secret', 'authentication failed 7']) {
      const { error } = await refused(password, 'to the password', (told) => ({
        S: 'FATAL',
        C: '28P01',
        M: `you said ${told}!`,
      }));
      expect(error.message).toBe('FATAL: you said ***!');
    }
  });

  it('keeps its words when they are not the secret', async () => {
    const { error } = await refused('an', 'to the password', () => ({
      S: 'FATAL',
      C: '28P01',
      M: 'password authentication failed for user "ada", banana transaction',
    }));
    expect(error.message).toBe('FATAL: password authentication failed for user "ada", banana transaction');
  });

  it('is quoted with user, database and host, even where the password is the same', async () => {
    for (const password of ['ada', 'app', '127.0.0.1']) {
      const { error } = await refused(password, 'to the password', () => ({
        S: 'FATAL',
        C: '28P01',
        M: 'user "ada" may not use app at 127.0.0.1',
      }));
      expect(error.message).toBe('FATAL: user "ada" may not use app at 127.0.0.1');
    }
  });
});

describe('a password that is a word of the server’s', () => {
  const said = recordedErrors.filter(({ error }) => 'severity' in (error as object));

  it.each(said.map((one) => [(one.error as Error).message, one] as const))(
    'leaves the explanation of %j what it is',
    (message, { error, url, code }) => {
      const connection = url === undefined ? undefined : connectionTo(url);
      // What is in quotes or brackets is no word of its own.
      const words = message.replace(/"[^"]*"|\[[^\]]*\]|: \w+$/g, '').match(/[\p{L}\p{N}_]+/gu) ?? [];
      const kept = { hosts: [], database: undefined };
      for (const password of words) {
        const shown = Object.assign(Object.create(Object.getPrototypeOf(error)), error, {
          message: concealing([password], kept, '')(message),
        });
        expect(explainError(shown, connection)?.code, password).toBe(code);
      }
    },
  );
});

it('thirty kilobytes against a long token take no time worth speaking of', () => {
  const conceal = concealing(
    [tokenWith({ nonce: 'x'.repeat(9000) })],
    { hosts: [], database: undefined },
    'ada',
  );
  for (const text of ['a', '%', 'eyJ', ' "', 'no pg_hba.conf ', '***', '\u{1f511}'])
    expect(conceal(text.repeat(30_000 / text.length)).length).toBeLessThanOrEqual(30_000);
});
