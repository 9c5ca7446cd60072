import { expect, test } from 'vitest';
import { namedStatementWatch } from '../src/proxy/named-statements.ts';

function message(type: string, body: string): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeUInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
}
const unnamed = [
  message('Q', 'select 1\0'),
  message('P', '\0select $1::int\0\0\0'),
  message('B', '\0\0\0\0\0\0\0\0'),
  message('S', ''),
  // What looks like one, inside others.
  message('d', message('P', 'name\0select 1\0\0\0').toString('latin1')),
  message('P', `\0select '${message('P', 'name\0select 1\0\0\0').toString('latin1')}'\0\0\0`),
  message('H', ''),
];
const named = message('P', 's1\0select 1\0\0\0');

/** The bytes in chunks of this size. */
function seen(bytes: Buffer, size: number): boolean {
  const watch = namedStatementWatch();
  for (let start = 0; start < bytes.length; start += size) {
    if (watch(bytes.subarray(start, start + size))) return true;
  }
  return false;
}

test('a named Parse is seen, and nothing else is, wherever the chunks are cut', () => {
  const without = Buffer.concat([...unnamed, ...unnamed]);
  const within = Buffer.concat([...unnamed, named, ...unnamed]);
  for (let size = 1; size <= within.length; size++) {
    expect([size, seen(without, size), seen(within, size)]).toEqual([size, false, true]);
  }
});
