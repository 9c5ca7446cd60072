import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it, TestRunner, vi } from 'vitest';
import { AzurePgError } from '../../src/index.ts';
import { serverEndPoint } from '../../src/wire/authentication/channel-binding.ts';
import { ScramClient } from '../../src/wire/authentication/scram.ts';
import { backendKey, columnNames, errorFields, rowValues, texts } from '../../src/wire/backend-messages.ts';
import { MessageStream } from '../../src/wire/message-stream.ts';
import { certificates } from '../authentication/channel-binding-fixture.ts';

const times = (numRuns: number) => ({ numRuns: TestRunner.matchesTags(['slow']) ? 8 * numRuns : numRuns });

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  // Few different ones: zeros, ends of texts, signs of lengths.
  fc.array(fc.constantFrom(0, 1, 2, 0x30, 0x53, 0x7f, 0x80, 0xff), { maxLength: 60 }),
);

/** A violation of the protocol is told as one; anything else that is thrown is a fault. */
function typed(error: unknown): void {
  expect(error).toBeInstanceOf(AzurePgError);
  expect((error as AzurePgError).code).toBe('PROTOCOL_VIOLATION');
}

describe('any bytes', () => {
  it.each([
    ['an error', errorFields],
    ['texts', texts],
    ['columns', columnNames],
    ['values', rowValues],
    ['a key', backendKey],
  ] as [string, (body: Buffer) => unknown][])('of %s are read, or a violation of the protocol', (_, read) => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        try {
          read(Buffer.from(bytes));
        } catch (error) {
          typed(error);
        }
      }),
      times(1000),
    );
  });

  it('of an error are texts', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const fields = Object.values(errorFields(Buffer.from(bytes)));
        expect(fields.length).toBeGreaterThanOrEqual(3);
        for (const text of fields) expect(typeof text).toBe('string');
      }),
      times(1000),
    );
  });

  it.each([
    ['a text', Buffer.concat([Buffer.from('M'), Buffer.alloc(16_000_000, 'x')])],
    ['zeros', Buffer.alloc(16_000_000)],
  ])('of an error are read as far as anybody would read them: %s', (_, body) => {
    expect(errorFields(body).message.length).toBeLessThanOrEqual(30_000);
    const split = vi.spyOn(String.prototype, 'split');
    errorFields(body);
    expect(split.mock.contexts.map((text) => String(text).length)).toEqual([30_000]);
    split.mockRestore();
  });

  it('of a stream are messages up to its end, and the end is an error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyBytes, { maxLength: 6 }), async (chunks) => {
        const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
        const stream = new MessageStream(socket as unknown as Socket);
        for (const chunk of chunks) socket.push(Buffer.from(chunk));
        socket.push(null);
        const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
        let error: unknown;
        let read = 0;
        for (let count = 0; error === undefined && count <= length; count++) {
          await stream.next().then(
            (message) => {
              read += message.bytes.length;
            },
            (reason: unknown) => {
              error = reason;
            },
          );
        }
        expect(read).toBeLessThanOrEqual(length);
        expect(error).toBeInstanceOf(AzurePgError);
      }),
      times(500),
    );
  });
});

describe('any words of SCRAM', () => {
  const nonce = 'ours';
  const word = fc.oneof(
    fc.constantFrom(
      'r=ourstheirs',
      'r=ours',
      'r=',
      's=c2FsdA==',
      's==',
      'i=4096',
      'i=1',
      'i=0',
      'i=100001',
      'i=1e9',
      'm=x',
      'e=other-error',
      '',
    ),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.nat().map((number) => `i=${number}`),
  );
  const words = fc.oneof(
    fc.constant('r=ourstheirs,s=c2FsdA==,i=4096'),
    fc.array(word, { maxLength: 5 }).map((parts) => parts.join(',')),
  );

  it('are answered, or a violation of the protocol', async () => {
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(
        words,
        fc.oneof(
          word,
          fc.base64String().map((text) => `v=${text}`),
        ),
        async (first, final) => {
          const client = new ScramClient('secret', { flag: 'n' }, { most: 100_000, verified: false }, nonce);
          try {
            await client.final(first);
            answered++;
            client.verify(final);
            expect.fail('a signature that nobody made was taken');
          } catch (error) {
            typed(error);
          }
        },
      ),
      times(200),
    );
    expect(answered).toBeGreaterThan(0);
  });
});

describe('any certificate', () => {
  const der = fc.oneof(
    ...Object.values(certificates).map((pem) => fc.constant(new X509Certificate(pem).raw)),
    anyBytes.map((bytes) => Buffer.from(bytes)),
  );
  const changed = fc
    .tuple(
      der,
      fc.array(
        fc.tuple(
          fc.nat(80),
          fc.oneof(fc.constantFrom(0, 0x30, 0x7f, 0x80, 0x81, 0x84, 0x88, 0xff), fc.nat(255)),
        ),
        { maxLength: 6 },
      ),
      fc.option(fc.nat(1000), { nil: undefined }),
    )
    .map(([original, changes, end]) => {
      const bytes = Buffer.from(original.subarray(0, end));
      for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
      return bytes;
    });

  it('is bound by a hash, or by none, without an error', () => {
    let bound = 0;
    fc.assert(
      fc.property(changed, (raw) => {
        const hash = serverEndPoint({ raw } as X509Certificate);
        if (hash !== undefined) bound++;
        expect([undefined, 28, 32, 48, 64]).toContain(hash?.length);
      }),
      times(2000),
    );
    expect(bound).toBeGreaterThan(0);
  });
});
