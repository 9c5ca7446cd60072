import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { AzureConnection, Host } from '@azure-pg/core';
import { explanationFor, isUnixSocket } from '@azure-pg/core/tooling';
import { failure } from '../failure.ts';
import type { Finding, StepOutcome } from '../report.ts';
import { connectionOf, type Known, ok, type Step, skipped } from '../step.ts';

/** Milliseconds that an address has to answer; packets that a firewall drops never do. */
const answerLimit = 5_000;

type Answer = { readonly milliseconds: number; readonly error: NodeJS.ErrnoException | undefined };

/** Whether the port takes connections, and the port of the other side: the pooler's, or the server's own. */
export const tcpStep: Step = {
  id: 'tcp',
  title: 'TCP',
  limit: 8_000,
  blocked: ({ addresses, connection }) =>
    addresses === undefined && !isUnixSocket(connection?.hosts[0]?.host ?? '')
      ? 'there is no address'
      : undefined,
  async run(known, { signal }): Promise<StepOutcome> {
    const connection = connectionOf(known);
    const host = connection.hosts[0] as Host;
    if (isUnixSocket(host.host)) return skipped('a Unix socket');
    const sides = sidesOf(connection);
    const answers = await Promise.all(
      sides.map(async ({ port }) => await firstAnswer(known.addresses ?? [], port, signal)),
    );
    const findings: Finding[] = sides.map(({ side, port }, index) => ({
      label: side,
      value: `port ${port}: ${describe(answers[index] as Answer)}`,
    }));
    const open = (side: 'direct' | 'pooled'): boolean | undefined => {
      const index = sides.findIndex((one) => one.side === side);
      return index < 0 ? undefined : answers[index]?.error === undefined;
    };
    known.openPorts = { direct: open('direct'), pooled: open('pooled') };
    const own = answers[sides.findIndex(({ port }) => port === host.port)] as Answer;
    if (own.error === undefined) return ok(`port ${host.port} is open`, findings);
    return failure(own.error, connection, { findings, explanation: judge(own.error, known, connection) });
  },
};

/** What the answers of both ports and the kind of address say beyond the error. */
function judge(error: NodeJS.ErrnoException, known: Known, connection: AzureConnection) {
  if (error.code === 'ECONNREFUSED') return undefined;
  const { direct, pooled } = known.openPorts ?? {};
  if (direct === true && pooled === false) return explanationFor('pooler-off', connection);
  return known.isPrivate ? explanationFor('no-route', connection) : undefined;
}

interface Side {
  readonly side: 'direct' | 'pooled';
  readonly port: number;
}

function sidesOf(connection: AzureConnection): Side[] {
  const port = connection.hosts[0]?.port ?? 0;
  const direct = connection.direct().hosts[0]?.port ?? port;
  const pooled = connection.pooled().hosts[0]?.port ?? port;
  if (direct === pooled)
    return [{ side: connection.pooling.poolMode === 'none' ? 'direct' : 'pooled', port }];
  return [
    { side: 'direct', port: direct },
    { side: 'pooled', port: pooled },
  ];
}

const describe = ({ milliseconds, error }: Answer): string =>
  error === undefined
    ? `open, ${Math.round(milliseconds)} ms`
    : error.code === 'ETIMEDOUT'
      ? `no answer within ${answerLimit / 1000} s`
      : error.code === 'ECONNREFUSED'
        ? 'closed'
        : (error.code ?? 'failed');

/** The first address that takes a connection; else the last one's error. */
async function firstAnswer(addresses: readonly string[], port: number, signal: AbortSignal): Promise<Answer> {
  const answers = await Promise.all(addresses.map((address) => dial(address, port, signal)));
  return (
    answers.find(({ error }) => error === undefined) ??
    answers.at(-1) ?? {
      milliseconds: 0,
      error: Object.assign(new Error('no address'), { code: 'ENOTFOUND' }),
    }
  );
}

function dial(host: string, port: number, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve) => {
    const started = performance.now();
    const socket = connect({ host, port });
    const timedOut = (): void => done(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
    const timer = setTimeout(timedOut, answerLimit);
    const done = (error: NodeJS.ErrnoException | undefined): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', timedOut);
      socket.destroy();
      resolve({ milliseconds: performance.now() - started, error });
    };
    signal.addEventListener('abort', timedOut, { once: true });
    socket.once('connect', () => done(undefined));
    socket.on('error', (error) => done(error));
  });
}
