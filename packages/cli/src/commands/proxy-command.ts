import { isLoopback } from '@azure-pg/core/tooling';
import { CommandError } from '../command-error.ts';
import type { CommandContext } from '../context.ts';
import { startProxy } from '../proxy/start-proxy.ts';

export interface ProxyFlags {
  /** Default: {@link usualPort}, or nothing with `socket`. */
  readonly listen?: string;
  readonly socket?: string;
  readonly url?: string;
  readonly pooled?: boolean;
  readonly allowRemote?: boolean;
}

/** Where it listens unless it is told. */
const usualPort = '127.0.0.1:5433';

/** `azure-pg proxy`: runs until it is stopped (Ctrl-C, SIGTERM). */
export async function proxyCommand(context: CommandContext, flags: ProxyFlags): Promise<void> {
  const listen = flags.listen ?? (flags.socket === undefined ? usualPort : undefined);
  const { host, port } = listen === undefined ? {} : parseListen(listen);
  if (host !== undefined && !isLoopback(host) && !flags.allowRemote) {
    throw new CommandError(
      `${host} can be reached by other machines, and the proxy asks nobody for a password`,
      {
        exitCode: 2,
        hint: 'Listen on 127.0.0.1; if others really may sign in as you, add --allow-remote.',
      },
    );
  }
  const proxy = await startProxy({
    url: flags.url,
    env: context.env,
    host,
    port,
    socket: flags.socket,
    pooled: flags.pooled ?? false,
    onRefusal: (text) => context.stderr.write(`azure-pg: a connection was refused: ${text}\n`),
    onWarning: (text) => context.stderr.write(`azure-pg: ${text}\n`),
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES' && error.code !== 'EADDRNOTAVAIL') throw error;
    const problem = error.code === 'EADDRINUSE' ? 'something else listens there' : error.code;
    throw new CommandError(`Cannot listen on ${listen ?? flags.socket}: ${problem}`, {
      hint:
        listen === undefined ? 'Choose another folder with --socket.' : 'Choose another port with --listen.',
    });
  });
  // Before anybody is told that it listens, and may end it.
  const ended = endSignal();
  const where = proxy.host.includes(':') ? `[${proxy.host}]` : proxy.host;
  const places = [proxy.socket, ...(listen === undefined ? [] : [`${where}:${proxy.port}`])];
  context.stdout.write(
    `Listening on ${places.filter(Boolean).join(' and ')}. Connect with any user and no password: psql -h ${proxy.host} -p ${proxy.port}\n`,
  );
  await ended;
  await proxy.stop();
}

function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:\[(?<v6>[^\]]+)\]|(?<host>[^:]+))?:?(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.port);
  if (match === null || port > 65_535) {
    throw new CommandError(`--listen wants HOST:PORT, not "${text}"`, { exitCode: 2 });
  }
  return { host: match.groups?.v6 ?? match.groups?.host ?? '127.0.0.1', port };
}

function endSignal(): Promise<void> {
  return new Promise((resolve) => {
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    const end = (): void => {
      // A second one ends the process at once.
      for (const signal of signals) process.off(signal, end);
      resolve();
    };
    for (const signal of signals) process.on(signal, end);
  });
}
