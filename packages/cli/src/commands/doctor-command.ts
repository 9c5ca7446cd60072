import { appendFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import packageJson from '../../package.json' with { type: 'json' };
import { CommandError } from '../command-error.ts';
import type { CommandContext } from '../context.ts';
import { githubAnnotation } from '../doctor/github-annotations.ts';
import { textProgress } from '../doctor/progress.ts';
import { renderMarkdown } from '../doctor/render-markdown.ts';
import { renderStep, renderVerdict } from '../doctor/render-text.ts';
import type { DoctorReport } from '../doctor/report.ts';
import { runDoctor } from '../doctor/run-steps.ts';
import { styleFor } from '../terminal.ts';

export interface DoctorFlags {
  readonly format: 'text' | 'json' | 'markdown' | 'github';
  /** `--format json`. */
  readonly json?: boolean;
  /** Seconds. */
  readonly timeout: number;
  /** Seconds between two runs. */
  readonly watch?: number;
}

/** `azure-pg doctor`: 0 where the connection works, 1 where it does not. Watching, it ends with the last outcome's code, when it is stopped. */
export async function doctorCommand(
  context: CommandContext,
  url: string | undefined,
  { json = false, format: asked, timeout, watch }: DoctorFlags,
): Promise<void> {
  const format = json ? 'json' : asked;
  if (json && asked !== 'text' && asked !== 'json')
    throw new CommandError(`--json and --format ${asked} contradict each other`, { exitCode: 2 });
  const look = (): Promise<DoctorReport> => lookOnce(context, url, timeout, format, watch === undefined);
  if (watch === undefined) {
    await look();
    return;
  }
  const stop = new AbortController();
  const end = (): void => stop.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, end);
  try {
    let before: string | undefined;
    while (!stop.signal.aborted) {
      const report = await look();
      if (format === 'text') before = renderChange(context, report, before);
      await pause(watch * 1000, undefined, { signal: stop.signal }).catch(() => {});
    }
  } finally {
    for (const signal of signals) process.off(signal, end);
  }
}

async function lookOnce(
  context: CommandContext,
  url: string | undefined,
  timeout: number,
  format: DoctorFlags['format'],
  once: boolean,
): Promise<DoctorReport> {
  const { env, stdout } = context;
  const style = styleFor(stdout, env);
  const shown = once && (format === 'text' || format === 'github');
  const progress = shown ? textProgress(stdout, style) : undefined;
  const report = await runDoctor({
    url,
    env,
    timeout: timeout * 1000,
    onStart: (step) => progress?.start(step),
    onEnd: (step) => progress?.end(step),
  });
  progress?.stop();
  if (shown) stdout.write(renderVerdict(report, style));
  if (format === 'json') stdout.write(`${JSON.stringify(report, null, once ? 2 : undefined)}\n`);
  if (format === 'markdown') stdout.write(renderMarkdown(report, packageJson.version));
  if (format === 'github') {
    stdout.write(githubAnnotation(report));
    const { GITHUB_STEP_SUMMARY: summary } = env;
    if (summary) await appendFile(summary, renderMarkdown(report, packageJson.version));
  }
  context.exitCode = report.verdict === 'ok' ? 0 : 1;
  return report;
}

/** While watching: a line for each look, and everything where the outcome is another one than before. Gives the outcome. */
function renderChange(
  { env, stdout }: CommandContext,
  report: DoctorReport,
  before: string | undefined,
): string {
  const style = styleFor(stdout, env);
  const outcome = report.cause?.code ?? 'ok';
  const words = report.cause?.title ?? 'All is well';
  stdout.write(`${new Date().toISOString()}  ${report.verdict === 'ok' ? 'works' : 'fails'}  ${words}\n`);
  if (outcome !== before && report.cause !== undefined) {
    for (const step of report.steps) stdout.write(renderStep(step, style));
    stdout.write(renderVerdict(report, style));
  }
  return outcome;
}
