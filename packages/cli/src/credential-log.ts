import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { format } from 'node:util';
import { AzureLogger, getLogLevel, setLogLevel } from '@azure/logger';
import { webTokens } from '@azure-pg/core/tooling';
import { oneLine } from './terminal.ts';

/** What one credential of a chain said when it was asked for a token. */
export interface CredentialAnswer {
  readonly credential: string;
  readonly gave: boolean;
  /** Why not, one line without secrets. */
  readonly reason: string | undefined;
}

/**
 * Listens while a token is fetched: to @azure/identity's log, the only place where it says which credential of a chain answered, and to the
 * core's diagnostics, which name an identity that was asked without the library. Neither holds tokens; what looks like one is taken out
 * nevertheless.
 */
export async function withCredentialLog<T>(
  work: () => Promise<T>,
  heard: (answers: readonly CredentialAnswer[]) => void,
): Promise<T> {
  const lines: string[] = [];
  let direct: string | undefined;
  const onToken = (message: unknown): void => {
    direct = (message as { credential: string }).credential;
  };
  const { log } = AzureLogger;
  const level = getLogLevel();
  AzureLogger.log = (...words) => {
    lines.push(format(...words));
  };
  setLogLevel('info');
  subscribe(refreshed, onToken);
  try {
    return await work();
  } finally {
    AzureLogger.log = log;
    setLogLevel(level);
    unsubscribe(refreshed, onToken);
    const answers = answersIn(lines);
    heard(
      answers.length > 0 || direct === undefined || chains.has(direct)
        ? answers
        : [{ credential: direct, gave: true, reason: undefined }],
    );
  }
}

const refreshed = 'azure-pg:token.refreshed';

const outcome =
  /(?:^|\s)(\w+Credential)(?: => getToken\(\))+ => (SUCCESS|ERROR)\b(?:.*?Error message: ([\s\S]*))?/;
const skipping = /Skipping (\w+Credential), reason: ([\s\S]*)/;
/** Characters of a reason at most: room for the service’s own words (AADSTS…) after what comes before them. */
const longest = 400;
const chains = new Set(['ChainedTokenCredential', 'DefaultAzureCredential']);

/** Each credential once, with the last thing it said. */
export function answersIn(lines: readonly string[]): CredentialAnswer[] {
  const answers = new Map<string, CredentialAnswer>();
  for (const line of lines) {
    const said = outcome.exec(line);
    const skipped = skipping.exec(line);
    const credential = said?.[1] ?? skipped?.[1];
    if (credential === undefined || chains.has(credential)) continue;
    const gave = said?.[2] === 'SUCCESS';
    answers.delete(credential);
    answers.set(credential, {
      credential,
      gave,
      reason: gave ? undefined : shortened(said?.[3] ?? skipped?.[2] ?? ''),
    });
  }
  return [...answers.values()];
}

function shortened(reason: string): string {
  const text = oneLine(reason)
    .replace(webTokens, '[hidden]')
    .replace(/^\w+Credential: (?:Authentication failed\. Message )?/, '')
    .replace(/ ?To troubleshoot, visit \S+/, '')
    .trim();
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
