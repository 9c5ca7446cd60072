import { performance } from 'node:perf_hooks';
import { explanationFor } from '@azure-pg/core/tooling';
import { failure } from './failure.ts';
import { type DoctorReport, reportOf, type StepOutcome, type StepReport } from './report.ts';
import { type Known, type Step, type StepTools, skipped } from './step.ts';
import { dnsStep } from './steps/dns.ts';
import { poolerStep } from './steps/pooler.ts';
import { serverStep } from './steps/server.ts';
import { settingsStep } from './steps/settings.ts';
import { signInStep } from './steps/sign-in.ts';
import { tcpStep } from './steps/tcp.ts';
import { tlsStep } from './steps/tls.ts';
import { tokenStep } from './steps/token.ts';

const steps: readonly Step[] = [
  settingsStep,
  dnsStep,
  tcpStep,
  tlsStep,
  tokenStep,
  signInStep,
  serverStep,
  poolerStep,
];

/** A step that has fewer milliseconds left is not begun: it could find nothing out. The timer of the step before may have fired this early. */
const tooShort = 20;

/** What the doctor looks at, and who hears of its steps while it works. */
export interface DoctorOptions {
  readonly url?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds for everything. Default: 60,000. */
  readonly timeout?: number;
  /** For progress: is told of each step as it begins. */
  readonly onStart?: (step: Pick<Step, 'id' | 'title'>) => void;
  /** And as it ends. */
  readonly onEnd?: (step: StepReport) => void;
  /** For tests. */
  readonly steps?: readonly Step[];
}

/**
 * Walks the way that a connection takes, step by step, and reports what each found. Never throws, and ends in time even when every step
 * hangs: a step that overruns its limit, or what is left of the whole time, is given up.
 */
export async function runDoctor(options: DoctorOptions = {}): Promise<DoctorReport> {
  const { url, env = process.env, timeout = 60_000, onStart, onEnd } = options;
  const started = performance.now();
  const known: Known = {};
  const reports: StepReport[] = [];
  for (const step of options.steps ?? steps) {
    onStart?.(step);
    const begun = performance.now();
    const left = timeout - (begun - started);
    const outcome = await outcomeOf(step, known, reports, { url, env }, left);
    const report = {
      id: step.id,
      title: step.title,
      milliseconds: Math.round(performance.now() - begun),
      ...outcome,
    };
    reports.push(report);
    onEnd?.(report);
  }
  await Promise.race([known.session?.close(), new Promise((resolve) => setTimeout(resolve, 500).unref())]);
  return reportOf(reports, Math.round(performance.now() - started));
}

async function outcomeOf(
  step: Step,
  known: Known,
  before: readonly StepReport[],
  tools: Omit<StepTools, 'signal'>,
  left: number,
): Promise<StepOutcome> {
  const stop = reasonToSkip(step, known, before);
  if (stop !== undefined) return skipped(stop);
  if (left < tooShort) return skipped('the time was over');
  const limit = Math.min(step.limit, left);
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<StepOutcome>((resolve) => {
    timer = setTimeout(() => {
      controller.abort();
      resolve({
        verdict: 'failed',
        summary: `gave no answer within ${Math.round(limit / 100) / 10} s`,
        explanation: explanationFor(
          step.id === 'token' ? 'token-service-silent' : 'no-answer',
          known.connection,
        ),
      });
    }, limit);
  });
  // Runs on when it is given up; what it says then is of no interest.
  const work = Promise.resolve()
    .then(() => step.run(known, { ...tools, signal: controller.signal }))
    .catch((error: unknown) => failure(error, known.connection));
  try {
    return await Promise.race([work, overdue]);
  } finally {
    clearTimeout(timer);
  }
}

/** What an earlier step took away. The token is fetched even where the network fails: two causes show in one run. */
function reasonToSkip(step: Step, known: Known, before: readonly StepReport[]): string | undefined {
  if (step.id !== 'settings' && known.connection === undefined) return 'the settings cannot be used';
  if (step.id === 'sign-in') {
    // The network steps look at the first host alone.
    const severalHosts = (known.connection?.hosts.length ?? 0) > 1;
    const failed = before.find(
      ({ verdict, id }) => verdict === 'failed' && (!severalHosts || id === 'token'),
    );
    if (failed !== undefined) return `the step ${failed.title} failed`;
  }
  return step.blocked?.(known);
}
