import { platform, release } from 'node:os';
import type { DoctorReport, StepReport } from './report.ts';

const signs = { ok: '✓', warning: '⚠', failed: '✗', skipped: '–' } as const;

/** The report as Markdown, for an issue or a ticket: the outcome first, then the steps with what they found. Like every report it holds no secret. */
export function renderMarkdown(report: DoctorReport, version: string): string {
  const { cause, verdict, steps, milliseconds } = report;
  const outcome = verdict === 'failed' ? 'The connection does not work.' : 'The connection works.';
  const why =
    cause === undefined
      ? []
      : [
          `**${text(cause.title)}** (\`${cause.code}\`)`,
          text(cause.why),
          cause.fix.map((fix, index) => `${index + 1}. ${text(fix)}`).join('\n'),
          `<${cause.docs}>`,
        ];
  const made = `azure-pg ${version}, Node.js ${process.version}, ${platform()} ${release()}, ${(milliseconds / 1000).toFixed(1)} s`;
  const rows = steps.map(
    ({ verdict: step, title, summary, milliseconds: time }) =>
      `| ${signs[step]} ${text(title)} | ${text(summary)} | ${step === 'skipped' ? '' : `${time} ms`} |`,
  );
  const table = ['| step | | |', '| --- | --- | --- |', ...rows].join('\n');
  return `${['## azure-pg doctor', outcome, ...why, table, found(steps), made].filter((part) => part !== '').join('\n\n')}\n`;
}

/** What the steps found, folded away. */
function found(steps: readonly StepReport[]): string {
  const lines = steps.flatMap(({ title, findings = [], said }) => [
    ...findings.map(({ label, value }) => `- ${text(title)}, ${text(label)}: ${text(value)}`),
    ...(said === undefined ? [] : [`- ${text(title)}, said: ${text(said)}`]),
  ]);
  return lines.length === 0
    ? ''
    : `<details><summary>What the steps found</summary>\n\n${lines.join('\n')}\n\n</details>`;
}

/** Words of others are text, not Markdown or HTML: neither a table's border nor a tag, a link or a mention. */
function text(words: string): string {
  return words.replace(/[\\`*_{}[\]<>|~#@]/g, (sign) => `\\${sign}`).replaceAll('\n', ' ');
}
