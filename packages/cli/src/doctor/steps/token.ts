import type { AzureConnection } from '@azure-pg/core';
import {
  explanationFor,
  longestPoolerPassword,
  readClaims,
  roleFromClaims,
  signInSource,
} from '@azure-pg/core/tooling';
import { type CredentialAnswer, withCredentialLog } from '../../credential-log.ts';
import { oneLine } from '../../terminal.ts';
import { failure } from '../failure.ts';
import type { Finding, StepOutcome } from '../report.ts';
import { connectionOf, ok, type Step } from '../step.ts';

type Claims = ReturnType<typeof readClaims>;

/** The secret to sign in with: where it comes from and what it says, never the secret itself. */
export const tokenStep: Step = {
  id: 'token',
  title: 'Token',
  limit: 40_000,
  async run(known, { signal }): Promise<StepOutcome> {
    const connection = connectionOf(known);
    const { host = '', port } = connection.hosts[0] ?? {};
    let answers: readonly CredentialAnswer[] = [];
    try {
      const source = signInSource(connection);
      const { user, password } = await withCredentialLog(
        () => source.get({ signal, host, port }),
        (heard) => {
          answers = heard;
        },
      );
      if (connection.auth !== 'entra') return passwordFound(connection, password);
      known.tokenLength = Buffer.byteLength(password ?? '');
      return judge(connection, user, password ?? '', answers);
    } catch (error) {
      signal.throwIfAborted();
      const { said, ...outcome } = failure(error, connection);
      const quoted = outcome.explanation?.why ?? '';
      const findings = answers
        .filter(({ reason }) => reason === undefined || !quoted.includes(reason))
        .map(findingOf);
      // The error says again what each credential has said.
      return { ...outcome, findings, ...(answers.some(({ gave }) => !gave) ? {} : { said }) };
    }
  },
};

function passwordFound(connection: AzureConnection, password: string | undefined): StepOutcome {
  if (connection.auth === 'keyvault') return ok('the password was read from Key Vault');
  if (password === undefined) {
    return { verdict: 'warning', summary: 'no password is given; the server may want one' };
  }
  const source = connection.sourceOf('password');
  return ok(`not needed: a password is given (${source === 'default' ? 'password file' : source})`);
}

function judge(
  connection: AzureConnection,
  user: string,
  token: string,
  answers: readonly CredentialAnswer[],
): StepOutcome {
  const claims = readClaims(token);
  const length = Buffer.byteLength(token);
  const expires = typeof claims.exp === 'number' ? claims.exp * 1000 : undefined;
  const left = expires === undefined ? undefined : Math.round((expires - Date.now()) / 60_000);
  const gave = answers.find((answer) => answer.gave)?.credential;
  const findings: Finding[] = [
    ...answers.map(findingOf),
    ...claimFindings(claims),
    ...(expires === undefined
      ? []
      : [{ label: 'expires', value: `${new Date(expires).toISOString()} (in ${left} min)` }]),
    { label: 'length', value: `${length} bytes` },
    { label: 'role', value: roleOf(connection, claims, user) },
  ];
  if (left !== undefined && left < 0) {
    return {
      verdict: 'failed',
      summary: `the token expired ${-left} min ago by this machine’s clock`,
      findings,
      explanation: explanationFor('token-expired', connection),
    };
  }
  if (connection.pooling.poolMode !== 'none' && length > longestPoolerPassword) {
    return {
      verdict: 'warning',
      summary: `${length} bytes, longer than PgBouncer up to 1.25.2 takes`,
      findings,
      explanation: explanationFor('token-too-long-for-pooler', connection),
    };
  }
  const from = gave === undefined ? '' : ` from ${gave}`;
  const life = left === undefined ? '' : `, lives ${left} min`;
  return ok(`a token${from}${life}`, findings);
}

const findingOf = ({ credential, gave, reason }: CredentialAnswer): Finding => ({
  label: gave ? 'answered' : 'refused',
  value: gave ? credential : `${credential}: ${reason}`,
});

/** Names and ids, which are not secret. */
const shownClaims = [
  ['aud', 'audience'],
  ['tid', 'tenant'],
  ['upn', 'user'],
  ['preferred_username', 'user'],
  ['xms_mirid', 'identity'],
  ['app_displayname', 'app name'],
  ['appid', 'app id'],
  ['azp', 'app id'],
  ['oid', 'object id'],
] as const;

function claimFindings(claims: Claims): Finding[] {
  return shownClaims.flatMap(([claim, label]) => {
    const value = claims[claim];
    return typeof value === 'string' && value !== '' ? [{ label, value: oneLine(value).slice(0, 300) }] : [];
  });
}

function roleOf(connection: AzureConnection, claims: Claims, user: string): string {
  const named = roleFromClaims(claims);
  if (connection.user === undefined) {
    const whose = named === undefined ? 'the identity’s token for Azure’s management' : 'the token';
    return `${oneLine(user)} (from ${whose})`;
  }
  const differs = named !== undefined && named !== user ? `; the token names ${oneLine(named)}` : '';
  return `${oneLine(user)} (from the settings)${differs}`;
}
