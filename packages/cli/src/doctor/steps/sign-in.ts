import {
  concealing,
  explanationFor,
  longestPoolerPassword,
  openSession,
  tokenPrincipalOf,
} from '@azure-pg/core/tooling';
import { failure } from '../failure.ts';
import type { StepOutcome } from '../report.ts';
import { connectionOf, type Known, ok, type Step } from '../step.ts';

/** The whole way as a program takes it, up to the server's "ready". */
export const signInStep: Step = {
  id: 'sign-in',
  title: 'Sign-in',
  limit: 30_000,
  async run(known, { signal }): Promise<StepOutcome> {
    const connection = connectionOf(known);
    try {
      known.session = await openSession(connection, { signal, connectRetryTimeout: 0 });
      const { user, password } = known.session.signIn();
      known.conceal = concealing([password], connection, user);
      return ok(`signed in as ${user}`);
    } catch (error) {
      signal.throwIfAborted();
      const outcome = failure(error, connection);
      return { ...outcome, explanation: refine(outcome.explanation, known, error) };
    }
  },
};

/** "password authentication failed" of a pooler can mean a long token; this one's length is known here. */
function refine(
  explanation: StepOutcome['explanation'],
  { connection, tokenLength }: Known,
  error: unknown,
): StepOutcome['explanation'] {
  if (explanation?.code !== 'token-too-long-for-pooler' || tokenLength === undefined) return explanation;
  return tokenLength > longestPoolerPassword
    ? explanation
    : explanationFor('role-not-mapped', connection, tokenPrincipalOf(error));
}
