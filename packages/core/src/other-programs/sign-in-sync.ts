import { execFileSync } from 'node:child_process';
import nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';
import { AzurePgError, type AzurePgErrorCode } from '../errors/azure-pg-error.ts';
import type { ConnectionOptions } from '../settings/gather/connection-options.ts';
import { resolveConnection } from '../settings/resolve/resolve-connection.ts';

/** The settings of `resolveConnection` that can be handed to another process: no functions, no credential objects. */
export type TransferableOptions = Omit<ConnectionOptions, 'credential' | 'logger' | 'tokenProvider'>;

/** What the child process is asked, as JSON. */
export interface SignInQuestion {
  readonly input: unknown;
  readonly options: TransferableOptions;
}

/** What the child process answers, as JSON. */
export interface SignInAnswer {
  readonly user?: string;
  readonly password?: string;
  readonly error?: {
    readonly code: AzurePgErrorCode | undefined;
    readonly message: string;
    readonly hint?: string;
  };
}

const longest = 60_000;

/**
 * Who signs in at the server itself and with what, for a program that cannot wait for a promise: a short child process asks, with
 * `DefaultAzureCredential` or what the settings say. Secrets travel through its standard input and output, and are never in its
 * arguments or environment.
 *
 * @throws AzurePgError what resolving the settings and obtaining the credential throw.
 */
export function signInSync(
  input?: string | TransferableOptions,
  options: TransferableOptions = {},
): { user: string; password: string } {
  assertTransferable({ ...(typeof input === 'object' ? input : {}), ...options });
  const { connectTimeout } = resolveConnection(input, options);
  const { user, password, error } = ask(
    { input, options },
    connectTimeout > 0 ? connectTimeout + 5000 : longest,
  );
  if (error !== undefined) {
    const { code, message, hint } = error;
    // Tools that read a config show the message alone.
    const whole = hint === undefined ? message : `${message.replace(/[.\s]+$/, '')}. ${hint}`;
    throw new AzurePgError(code ?? 'TOKEN_UNAVAILABLE', whole, hint === undefined ? {} : { hint });
  }
  return { user: user ?? '', password: password ?? '' };
}

/**
 * @throws AzurePgError `INVALID_SETTING` for a function or a credential object.
 */
export function assertTransferable(options: object): void {
  const own = Object.entries(options).find(
    ([, value]) =>
      typeof value === 'function' || (typeof value === 'object' && value !== null && !Array.isArray(value)),
  );
  if (own === undefined) return;
  throw new AzurePgError(
    'INVALID_SETTING',
    `The option "${own[0]}" cannot be used in a config that is read synchronously`,
    {
      hint: "The token is then obtained by another process: choose the credential by AZURE_CLIENT_ID and @azure/identity's other variables.",
    },
  );
}

/** In words that webpack and Turbopack do not follow: they would take the whole core into the bundle a second time. */
function signInProgram(): string {
  try {
    return nodeModule.createRequire(fileURLToPath(import.meta.url)).resolve('@azure-pg/core/sign-in-process');
  } catch (cause) {
    throw new AzurePgError(
      'MISSING_DEPENDENCY',
      'The program that obtains the credential is not in the bundle',
      {
        hint: "Leave @azure-pg/core out of the bundle: esbuild's external, webpack's externals, Next.js' serverExternalPackages.",
        cause,
      },
    );
  }
}

function ask(question: SignInQuestion, timeout: number): SignInAnswer {
  const program = signInProgram();
  try {
    const answer = execFileSync(process.execPath, [program], {
      input: JSON.stringify(question),
      timeout,
      windowsHide: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    return JSON.parse(answer.toString('utf8')) as SignInAnswer;
  } catch (cause) {
    // The error of a child process contains what it was given and what it wrote.
    const { code, status, signal } = cause as {
      code?: string;
      status?: number | null;
      signal?: string | null;
    };
    const how =
      code === 'ETIMEDOUT'
        ? `did not answer within ${timeout} ms`
        : `failed (${signal ?? status ?? code ?? 'no answer'})`;
    throw new AzurePgError('TOKEN_UNAVAILABLE', `The process that obtains the credential ${how}`, {
      hint: 'Its output is above. Raise connect_timeout if the sign-in is slow.',
    });
  }
}
