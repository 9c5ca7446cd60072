import type { DoctorReport } from './report.ts';

/**
 * The outcome as a workflow command of GitHub Actions, which shows it beside the run: an error, or a warning where the connection works all the
 * same. Nothing where all is well. https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
export function githubAnnotation({ cause, verdict }: DoctorReport): string {
  if (cause === undefined) return '';
  const message = [cause.why, ...cause.fix.map((fix, index) => `${index + 1}. ${fix}`), cause.docs].join(
    '\n',
  );
  return `::${verdict === 'failed' ? 'error' : 'warning'} title=${property(cause.title)}::${data(message)}\n`;
}

const data = (value: string): string =>
  value.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (value: string): string => data(value).replaceAll(':', '%3A').replaceAll(',', '%2C');
