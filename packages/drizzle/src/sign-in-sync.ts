import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { AzurePgError, type AzurePgErrorCode } from '@azure-pg/core';

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

/** What the child process is asked, as JSON. */
export interface SignInQuestion {
  readonly input: unknown;
  readonly options: object;
}

const longest = 60_000;

/**
 * Who signs in and with what, in a synchronous program: a child process asks. Secrets travel through its standard input and output, and
 * never stand in its arguments or environment.
 *
 * @param timeout milliseconds; 0: one minute.
 * @throws AzurePgError what obtaining the credential throws.
 */
export function signInSync(
  input: unknown,
  options: object,
  timeout: number,
): { user: string; password: string } {
  const program = createRequire(import.meta.url).resolve('@azure-pg/drizzle/kit-sign-in');
  const question: SignInQuestion = { input, options };
  const { user, password, error } = ask(program, question, timeout > 0 ? timeout + 5000 : longest);
  if (error !== undefined) {
    const { code, message, hint } = error;
    // Drizzle Kit shows the message alone.
    const whole = hint === undefined ? message : `${message.replace(/[.\s]+$/, '')}. ${hint}`;
    throw new AzurePgError(code ?? 'TOKEN_UNAVAILABLE', whole, hint === undefined ? {} : { hint });
  }
  return { user: user ?? '', password: password ?? '' };
}

function ask(program: string, question: SignInQuestion, timeout: number): SignInAnswer {
  try {
    const answer = execFileSync(process.execPath, [program], {
      input: JSON.stringify(question),
      timeout,
      windowsHide: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    return JSON.parse(answer.toString('utf8')) as SignInAnswer;
  } catch (cause) {
    // The error of a child process bears what it was given and what it wrote.
    const { code, status, signal } = cause as {
      code?: string;
      status?: number | null;
      signal?: string | null;
    };
    const how =
      code === 'ETIMEDOUT'
        ? `did not answer within ${timeout} ms`
        : `failed (${signal ?? status ?? code ?? 'no answer'})`;
    throw new AzurePgError(
      'TOKEN_UNAVAILABLE',
      `The process that obtains the credential for Drizzle Kit ${how}`,
      {
        hint: 'What it said stands above. Set connect_timeout higher where the sign-in is slow.',
      },
    );
  }
}
