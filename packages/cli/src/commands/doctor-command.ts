import type { CommandContext } from '../context.ts';
import { textProgress } from '../doctor/progress.ts';
import { renderVerdict } from '../doctor/render-text.ts';
import { runDoctor } from '../doctor/run-steps.ts';
import { styleFor } from '../terminal.ts';

export interface DoctorFlags {
  readonly json?: boolean;
  /** Seconds. */
  readonly timeout: number;
}

/** `azure-pg doctor`: 0 where the connection works, 1 where it does not. */
export async function doctorCommand(
  context: CommandContext,
  url: string | undefined,
  { json = false, timeout }: DoctorFlags,
): Promise<void> {
  const { env, stdout } = context;
  const style = styleFor(stdout, env);
  const progress = json ? undefined : textProgress(stdout, style);
  const report = await runDoctor({
    url,
    env,
    timeout: timeout * 1000,
    onStart: (step) => progress?.start(step),
    onEnd: (step) => progress?.end(step),
  });
  progress?.stop();
  stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : renderVerdict(report, style));
  context.exitCode = report.verdict === 'ok' ? 0 : 1;
}
