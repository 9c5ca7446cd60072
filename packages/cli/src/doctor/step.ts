import type { AzureConnection } from '@azure-pg/core';
import type { Conceal, Session } from '@azure-pg/core/tooling';
import type { StepId, StepOutcome } from './report.ts';

/** What steps find out and later ones need. A step writes its own part only. */
export interface Known {
  connection?: AzureConnection;
  /** Addresses of the first host. */
  addresses?: readonly string[];
  /** The addresses are from ranges that only a private network reaches. */
  isPrivate?: boolean;
  /** Whether the port of each side takes a TCP connection; undefined: there is no such side. */
  openPorts?: { readonly direct: boolean | undefined; readonly pooled: boolean | undefined };
  /** Bytes of the token. */
  tokenLength?: number;
  session?: Session;
  /** Hides what was signed in with in what the server says. */
  conceal?: Conceal;
}

/** What steps use to reach the outside. */
export interface StepTools {
  readonly url: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Fires when the step's time is over. */
  readonly signal: AbortSignal;
}

/** One step: asks the world one question and judges the answer. Rendering is not its job. */
export interface Step {
  readonly id: StepId;
  readonly title: string;
  /** Milliseconds. */
  readonly limit: number;
  /** Why it cannot run, after what earlier steps found; undefined where it can. */
  readonly blocked?: (known: Known) => string | undefined;
  readonly run: (known: Known, tools: StepTools) => Promise<StepOutcome> | StepOutcome;
}

export const ok = (summary: string, findings: StepOutcome['findings'] = []): StepOutcome => ({
  verdict: 'ok',
  summary,
  findings,
});

export const skipped = (summary: string): StepOutcome => ({ verdict: 'skipped', summary });

/** The connection, for a step that runs only after settings were read. */
export function connectionOf(known: Known): AzureConnection {
  if (known.connection === undefined) throw new Error('no connection');
  return known.connection;
}
