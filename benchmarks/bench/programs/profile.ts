// Asks 64 small queries at a time, and prints what a query takes where, in microseconds, and how many bytes of it outlive V8's young generation.
import inspector from 'node:inspector/promises';
import type { ContractAdapter } from '@azure-pg/contract';
import { fileOf } from '../../contract-adapters.ts';

const { BENCH_ADAPTER = '', BENCH_SIDE, BENCH_SERVER = '{}', BENCH_URL = '' } = process.env;
const atOnce = 64;
const count = 30_000;

const { default: adapter } = (await import(fileOf(BENCH_ADAPTER))) as { default: ContractAdapter };
if (adapter.openBare === undefined) throw new Error('has no bare driver');
const client =
  BENCH_SIDE === 'bare'
    ? await adapter.openBare(JSON.parse(BENCH_SERVER))
    : await adapter.open({ url: BENCH_URL, options: {}, max: undefined });

async function ask(): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await client.query('select $1::int as n', [1]);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Whose function it is: a package, Node.js, or what V8 calls its own. */
function owner({ url, functionName }: inspector.Runtime.CallFrame): string {
  if (functionName === '(garbage collector)') return 'garbage collection';
  const [, own] = /\/packages\/([\w-]+)\/(?:src|dist)\//.exec(url) ?? [];
  if (own !== undefined) return `@azure-pg/${own}`;
  const [, theirs] = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(url) ?? [];
  if (theirs !== undefined) return theirs;
  if (url.startsWith('node:')) return 'Node.js';
  // Writing to the socket, waiting, and what the profiler itself takes.
  return /^(?:writev|write\w+String|writeBuffer|\(idle\)|\(program\)|post)$/.test(functionName)
    ? ''
    : 'others';
}

const session = new inspector.Session();
session.connect();
await ask();

await session.post('Profiler.enable');
await session.post('Profiler.setSamplingInterval', { interval: 200 });
await session.post('Profiler.start');
await ask();
const { profile } = await session.post('Profiler.stop');
const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, owner(callFrame)]));
const microseconds: Record<string, number> = {};
for (const [index, id] of (profile.samples ?? []).entries()) {
  const name = frames.get(id) ?? '';
  microseconds[name] = (microseconds[name] ?? 0) + (profile.timeDeltas?.[index] ?? 0) / count;
}
delete microseconds[''];

await session.post('HeapProfiler.enable');
await session.post('HeapProfiler.startSampling', {
  samplingInterval: 4096,
  includeObjectsCollectedByMajorGC: true,
  includeObjectsCollectedByMinorGC: false,
});
await ask();
const { profile: heap } = await session.post('HeapProfiler.stopSampling');
const sizeOf = ({ selfSize, children }: inspector.HeapProfiler.SamplingHeapProfileNode): number =>
  selfSize + children.reduce((sum, child) => sum + sizeOf(child), 0);

console.log(JSON.stringify({ microseconds, outliving: sizeOf(heap.head) / count }));
await client.end();
