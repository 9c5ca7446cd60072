// The child process of signInSync(): reads a question from standard input, answers on standard output. Not for programs.
import { text } from 'node:stream/consumers';
import { signInSource } from '../credentials/sign-in.ts';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { resolveConnection } from '../settings/resolve/resolve-connection.ts';
import type { SignInAnswer, SignInQuestion } from './sign-in-sync.ts';

async function answer(): Promise<SignInAnswer> {
  const { input, options } = JSON.parse(await text(process.stdin)) as SignInQuestion;
  try {
    const connection = resolveConnection(input as string, options).direct();
    const { connectTimeout } = connection;
    const signal = connectTimeout > 0 ? AbortSignal.timeout(connectTimeout) : new AbortController().signal;
    const [{ host, port } = { host: '', port: 0 }] = connection.hosts;
    const { user, password } = await signInSource(connection).get({ signal, host, port });
    return password === undefined ? { user } : { user, password };
  } catch (error) {
    if (!(error instanceof AzurePgError)) {
      const message = error instanceof Error ? error.message : 'unknown reason';
      return { error: { code: undefined, message: `No credential could be obtained: ${message}` } };
    }
    const { code, message, hint } = error;
    return { error: { code, message, ...(hint === undefined ? {} : { hint }) } };
  }
}

// Written whole before the process ends, also where a credential keeps a connection open.
answer().then((said) => process.stdout.write(JSON.stringify(said), () => process.exit(0)));
