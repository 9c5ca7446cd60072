import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnNames, errorFields, rowValues } from '../../src/wire/backend-messages.ts';
import { cancelRequest, startupMessage } from '../../src/wire/frontend-messages.ts';
import { MessageStream } from '../../src/wire/message-stream.ts';

/** A socket whose peer the test is. */
function pair(): { socket: Socket; say(bytes: Buffer): void; end(): void } {
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  return {
    socket: socket as unknown as Socket,
    say: (bytes) => void socket.push(bytes),
    end: () => void socket.push(null),
  };
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

describe('messages are whole, however the network cuts them', () => {
  it('at any byte', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('R', 'S', 'Z', 'E'), fc.uint8Array({ maxLength: 40 })), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.array(fc.nat(60), { maxLength: 10 }),
        async (messages, cuts) => {
          const { socket, say } = pair();
          const stream = new MessageStream(socket);
          let bytes = Buffer.concat(messages.map(([type, body]) => message(type, Buffer.from(body))));
          const reading = (async () => {
            const got: [string, Buffer][] = [];
            for (const _ of messages) {
              const { type, body } = await stream.next();
              got.push([type, body]);
            }
            return got;
          })();
          for (const cut of cuts) {
            say(bytes.subarray(0, cut));
            bytes = bytes.subarray(cut);
            await new Promise((resolve) => setImmediate(resolve));
          }
          say(bytes);
          const got = await reading;
          expect(got.map(([type, body]) => [type, [...body]])).toEqual(
            messages.map(([type, body]) => [type, [...body]]),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  it('what was not asked for stays for whoever reads next, in order and with no listener left', async () => {
    const { socket, say } = pair();
    const before = socket.eventNames();
    const stream = new MessageStream(socket);
    const rest = Buffer.concat([message('S', Buffer.from('a\0b\0')), message('Z', Buffer.from('I'))]);
    say(Buffer.concat([message('R', Buffer.alloc(4)), rest]));
    expect((await stream.next()).type).toBe('R');
    await stream.release();
    expect(socket.eventNames()).toEqual(before);
    const got: Buffer[] = [];
    socket.on('data', (chunk) => got.push(chunk));
    await new Promise((resolve) => setImmediate(resolve));
    expect(Buffer.concat(got)).toEqual(rest);
    say(Buffer.from('later'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(got.at(-1)?.toString()).toBe('later');
  });

  it.each([0, 3, 30_001, 0xffffffff])(
    'an impossible length (%d) is refused before its bytes are waited for',
    async (length) => {
      const { socket, say } = pair();
      const head = Buffer.from('E\0\0\0\0');
      head.writeUInt32BE(length, 1);
      say(head);
      await expect(new MessageStream(socket).next()).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
    },
  );

  it('an end in the middle of a message is an error, as is a broken socket', async () => {
    const { socket, say, end } = pair();
    say(Buffer.from('Z\0\0'));
    end();
    await expect(new MessageStream(socket).next()).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    const other = pair();
    const reading = new MessageStream(other.socket).next();
    other.socket.destroy(new Error('broken'));
    await expect(reading).rejects.toMatchObject({
      code: 'CONNECTION_CLOSED',
      cause: expect.objectContaining({ message: 'broken' }),
    });
  });
});

describe('the bytes of messages', () => {
  it('an error has its fields under the names that drivers use, with the severity that is never translated', () => {
    const body = Buffer.from('SFEHLER\0VFATAL\0C28P01\0Mnein\0Hhint\0Fauth.c\0L1\0Rauth_failed\0Zx\0\0');
    expect(errorFields(body)).toEqual({
      severity: 'FATAL',
      code: '28P01',
      message: 'nein',
      hint: 'hint',
      file: 'auth.c',
      line: '1',
      routine: 'auth_failed',
    });
  });

  it('rows and their columns', () => {
    const column = Buffer.concat([Buffer.from('größe\0'), Buffer.alloc(18)]);
    expect(columnNames(Buffer.concat([Buffer.from([0, 1]), column]))).toEqual(['größe']);
    expect(rowValues(Buffer.from([0, 3, 0, 0, 0, 1, 0x78, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]))).toEqual([
      'x',
      null,
      '',
    ]);
  });

  it.each([
    ['columns', columnNames],
    ['values', rowValues],
  ])('whatever a server sends as %s is read, or a violation of the protocol', (_, read) => {
    const length = fc.integer({ min: -3, max: 40 }).map((number) => {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32BE(number);
      return bytes;
    });
    const part = fc.oneof(
      length,
      fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
    );
    const count = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 65_535 }));
    fc.assert(
      fc.property(count, fc.array(part, { maxLength: 8 }), fc.nat(3), (columns, parts, cut) => {
        const body = Buffer.concat([Buffer.from([columns >> 8, columns & 255]), ...parts]);
        try {
          expect(read(body.subarray(0, Math.max(0, body.length - cut)))).toHaveLength(columns);
        } catch (error) {
          expect(error).toMatchObject({ code: 'PROTOCOL_VIOLATION' });
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('startup and cancel', () => {
    expect(startupMessage({ user: 'u', database: 'd' }).toString('latin1')).toBe(
      '\0\0\0\x1b\0\x03\0\0user\0u\0database\0d\0\0'.replace(
        '\x1b',
        String.fromCharCode(4 + 4 + 5 + 2 + 9 + 2 + 1),
      ),
    );
    expect([...cancelRequest(7, Buffer.from([1, 2, 3, 4]))]).toEqual([
      0, 0, 0, 16, 4, 210, 22, 46, 0, 0, 0, 7, 1, 2, 3, 4,
    ]);
    expect(() => startupMessage({ user: 'a\0b' })).toThrow();
  });
});
