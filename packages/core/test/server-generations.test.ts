import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Host } from '../src/connection/connection.ts';
import { generationOf, noteAddresses, noteServerChange } from '../src/open/server-generations.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

let names = 0;
const newHost = (hostaddr?: string): Host => ({ host: `db${names++}.example`, hostaddr, port: 5432 });

it('a name that leads to other addresses is another server, there and back', () => {
  const host = newHost();
  noteAddresses(host, ['192.0.2.1'], undefined);
  expect(generationOf([host])()).toBe(0);
  noteAddresses(host, ['192.0.2.2'], undefined);
  expect(generationOf([host])()).toBe(1);
  vi.advanceTimersByTime(30_000);
  noteAddresses(host, ['192.0.2.1'], undefined);
  expect(generationOf([host])()).toBe(2);
});

it('a name that leads to another of several servers each time does not keep replacing its connections', () => {
  const host = newHost();
  const hour = 36_000;
  for (let connect = 0; connect < hour; connect++) {
    noteAddresses(host, [`192.0.2.${connect % 3}`], undefined);
    vi.advanceTimersByTime(100);
  }
  expect(generationOf([host])()).toBeGreaterThan(1);
  expect(generationOf([host])()).toBeLessThan(100);
});

it('a change that comes too early is not forgotten', () => {
  const host = newHost();
  for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) noteAddresses(host, [address], undefined);
  expect(generationOf([host])()).toBe(1);
  vi.advanceTimersByTime(1000);
  noteAddresses(host, ['192.0.2.3'], undefined);
  expect(generationOf([host])()).toBe(2);
});

it('the same name with two addresses of the program’s own is two servers', () => {
  const host = newHost('192.0.2.1');
  const other = { ...host, hostaddr: '192.0.2.2' };
  for (const { hostaddr } of [host, other, host, other]) {
    noteAddresses({ ...host, hostaddr }, [hostaddr as string], undefined);
    vi.advanceTimersByTime(60_000);
  }
  expect(generationOf([host, other])()).toBe(0);
});

it.each(['25006', 'no answer'] as const)(
  '%s, which may last, does not keep replacing its connections',
  (reason) => {
    const host = newHost();
    for (let failure = 0; failure < 36_000; failure++) {
      noteServerChange(host, reason, undefined);
      vi.advanceTimersByTime(100);
    }
    expect(generationOf([host])()).toBeGreaterThan(1);
    expect(generationOf([host])()).toBeLessThan(100);
  },
);
