import type { Explanation } from '@azure-pg/core';

/** The steps of `azure-pg doctor`, in the order in which a connection goes through them. */
export type StepId = 'settings' | 'dns' | 'tcp' | 'tls' | 'token' | 'sign-in' | 'server' | 'pooler';

/** `skipped`: there was nothing to do, or an earlier step took away what it needs. */
export type Verdict = 'ok' | 'warning' | 'failed' | 'skipped';

/** One thing that a step found, in words that hold no secret. */
export interface Finding {
  readonly label: string;
  readonly value: string;
}

/** What a step gives. */
export interface StepOutcome {
  readonly verdict: Verdict;
  /** In a few words. */
  readonly summary: string;
  readonly findings?: readonly Finding[];
  /** What is wrong, for "failed" and, where something is odd, "warning". */
  readonly explanation?: Explanation | undefined;
  /** What the refusing side said, one line without secrets. */
  readonly said?: string | undefined;
}

/** What one step of the doctor found. */
export interface StepReport extends StepOutcome {
  readonly id: StepId;
  readonly title: string;
  readonly milliseconds: number;
}

/** What `azure-pg doctor --json` prints. */
export interface DoctorReport {
  /** "ok" also where steps warn. */
  readonly verdict: 'ok' | 'failed';
  /** The first thing that is wrong; the first warning where nothing failed. */
  readonly cause: Explanation | undefined;
  readonly steps: readonly StepReport[];
  readonly milliseconds: number;
}

/** The report of finished steps. A successful sign-in got around earlier failures, by another of several hosts. */
export function reportOf(steps: readonly StepReport[], milliseconds: number): DoctorReport {
  const signIn = steps.findIndex((step) => step.id === 'sign-in');
  const works = steps[signIn]?.verdict === 'ok';
  const failed = steps.find((step, index) => step.verdict === 'failed' && !(works && index < signIn));
  const odd = steps.find((step) => step.explanation !== undefined);
  // Whatever is wrong with this machine, nobody meant it.
  const unnamed = steps.find((step) => step.explanation?.code === 'no-server-named');
  return {
    verdict: failed === undefined ? 'ok' : 'failed',
    cause: (failed === undefined ? odd : (unnamed ?? failed))?.explanation,
    steps,
    milliseconds,
  };
}
