// From the start of a process to its first row in App Service, signed in with a managed identity's token: @azure-pg/pg with a URL that names no
// user, against pg with @azure/identity by hand. Both take turns in the same run, on the packages as they are built, with a token that takes
// 200 ms and a network that takes 0 and 20 ms one way; the figures are medians. Run: npm run bench cold-start [rounds]
import { execFile } from 'node:child_process';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startEmulator } from '@azure-pg/emulator';

const rounds = Number(process.argv[2] ?? 20);
const tokenDelay = 200;
const programs = ['cold-start-by-hand.ts', 'cold-start-ours.ts'] as const;

interface Start {
  readonly role: string;
  readonly wall: number;
  readonly cpu: number;
}

/** A way to the server on which every byte takes so many milliseconds. */
async function slowWay(target: number, delay: number): Promise<Server> {
  const forward = (from: Socket, to: Socket): void => {
    from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), delay));
    from.on('close', () => setTimeout(() => to.destroy(), delay));
    from.on('error', () => {});
  };
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: target, host: '127.0.0.1', noDelay: true });
    forward(client, upstream);
    forward(upstream, client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const emulator = await startEmulator({ pooler: false });
try {
  emulator.entra.fail('slow', { delay: tokenDelay });
  console.log(
    `${rounds} rounds, PostgreSQL ${emulator.postgres.version}, Node.js ${process.version}, token ${tokenDelay} ms`,
  );
  for (const delay of [0, 20]) {
    const way = await slowWay(emulator.ports.direct, delay);
    const url = new URL(emulator.url);
    url.port = String((way.address() as { port: number }).port);
    const start = async (program: string): Promise<Start> => {
      const { PATH, HOME } = process.env;
      const env = { PATH, HOME, ...emulator.env, BENCH_URL: url.href, BENCH_USER: 'local-app' };
      const file = fileURLToPath(new URL(program, import.meta.url));
      const { stdout } = await promisify(execFile)(process.execPath, [file], { env });
      return JSON.parse(stdout) as Start;
    };
    for (const program of programs) await start(program);
    const results: [Start[], Start[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      // Whoever goes first in one round goes second in the next.
      for (const index of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        results[index].push(await start(programs[index]));
      }
    }
    if (results.flat().some(({ role }) => role !== 'local-app'))
      throw new Error('not signed in as the identity');
    const [hand, ours] = results.map((all) => ({
      wall: median(all.map(({ wall }) => wall)),
      cpu: median(all.map(({ cpu }) => cpu)),
    })) as [Omit<Start, 'role'>, Omit<Start, 'role'>];
    console.log(
      [
        `network ${delay} ms`.padEnd(14),
        `by hand ${hand.wall.toFixed(0)} ms, ours ${ours.wall.toFixed(0)} ms: ratio ${(ours.wall / hand.wall).toFixed(2)}`,
        `processor ${hand.cpu.toFixed(0)} ms, ours ${ours.cpu.toFixed(0)} ms: ratio ${(ours.cpu / hand.cpu).toFixed(2)}`,
      ].join(' | '),
    );
    way.close();
  }
} finally {
  await emulator.stop();
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
