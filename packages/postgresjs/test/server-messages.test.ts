import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ServerMessages } from '../src/driver-faults/server-messages.ts';

function message(type: string, body: Buffer | string): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(4 + bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

const fields = (severity: string, code: string): string =>
  `S${severity}\0V${severity}\0C${code}\0Mwhy ${code}\0\0`;

/** Rows that hold whatever looks like a message of another kind. */
const row = fc
  .oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(`E\0\0\0\x20${fields('FATAL', '57P01')}`, 'Z\0\0\0\x05I', `\0\0\0\x04VFATAL\0`),
  )
  .map((body) => message('D', Buffer.from(body)));
const ready = fc.constantFrom('I', 'T', 'E').map((status) => message('Z', status));
const error = fc.constantFrom('23505', '22012').map((code) => message('E', fields('ERROR', code)));
const notice = fc.constant(message('N', fields('FATAL', '00000')));
const stream = fc.array(fc.oneof(row, ready, error, notice), { maxLength: 12 });

/** Cut at any places. */
function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = [...new Set(at.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...places, bytes.length].map((end, index) =>
    bytes.subarray(index === 0 ? 0 : places[index - 1], end),
  );
}

function read(chunks: readonly Buffer[]): {
  bytes: Buffer;
  statuses: string;
  fatal: string | undefined;
} {
  const told: Buffer[] = [];
  let statuses = '';
  let fatal: string | undefined;
  const messages = new ServerMessages({
    onBytes: (bytes) => {
      expect(bytes.length).toBeGreaterThan(0);
      told.push(bytes);
    },
    onReady: (status) => {
      statuses += status;
      return true;
    },
    onCopy: () => true,
    onError: () => {},
    onFatal: ({ C }) => {
      fatal = C;
    },
  });
  for (const chunk of chunks) messages.push(chunk);
  return { bytes: Buffer.concat(told), statuses, fatal };
}

describe('the messages of a server', () => {
  test('reach the driver as they came, wherever they are cut', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 8 }), (messages, places) => {
        const bytes = Buffer.concat(messages);
        const { bytes: told, statuses, fatal } = read(cut(bytes, places));
        expect(told).toEqual(bytes);
        expect(fatal).toBeUndefined();
        const expected = messages
          .filter(([type]) => type === 0x5a)
          .map((ready) => String.fromCharCode(ready[5] ?? 0));
        expect(statuses).toBe(expected.join(''));
      }),
      { numRuns: 2000 },
    );
  });

  test('but for a FATAL error, and what comes after it', () => {
    const fatal = fc
      .constantFrom(
        `SFATAL\0VFATAL\0C57P01\0Mgone\0\0`,
        `SFATAL\0C57P01\0Mserver conn crashed?\0\0`, // PgBouncer
        `SFATALE\0VFATAL\0C57P01\0Mandato\0\0`,
        `SPANIC\0VPANIC\0C57P01\0Mgone\0\0`,
      )
      .map((body) => message('E', body));
    fc.assert(
      fc.property(
        stream,
        fatal,
        stream,
        fc.array(fc.nat(), { maxLength: 8 }),
        (before, last, after, places) => {
          const bytes = Buffer.concat(before);
          const told = read(cut(Buffer.concat([bytes, last, ...after]), places));
          expect(told.bytes).toEqual(bytes);
          expect(told.fatal).toBe('57P01');
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('that are too long for an error are passed on as they come', () => {
    const head = Buffer.from('E\x7f\xff\xff\xff', 'latin1');
    const told = read([Buffer.concat([head, Buffer.alloc(100)]), Buffer.alloc(100)]);
    expect(told.bytes).toHaveLength(205);
  });
});

test.each(['G', 'H'])(
  'of a COPY (%s) that nobody asked for nothing is passed on, nor of what follows',
  (type) => {
    const passed: Buffer[] = [];
    let copies = 0;
    const messages = new ServerMessages({
      onBytes: (bytes) => void passed.push(bytes),
      onReady: () => true,
      onCopy: () => ++copies > 1,
      onError: () => {},
      onFatal: () => {},
    });
    const before = message('N', fields('NOTICE', '00000'));
    messages.push(before);
    messages.push(Buffer.concat([message(type, Buffer.alloc(3)), message('Z', 'I')]));
    messages.push(message('Z', 'I'));
    expect(Buffer.concat(passed)).toEqual(before);
    expect(copies).toBe(1);
  },
);
