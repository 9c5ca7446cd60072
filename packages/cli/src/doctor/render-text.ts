import type { Explanation } from '@azure-pg/core';
import { indent, type Style, wrap } from '../terminal.ts';
import type { DoctorReport, StepReport, Verdict } from './report.ts';

const signs: Readonly<Record<Verdict, readonly [unicode: string, ascii: string]>> = {
  ok: ['✓', 'ok  '],
  warning: ['!', 'warn'],
  failed: ['✗', 'FAIL'],
  skipped: ['-', 'skip'],
};

const labelWidth = 11;

/** One finished step: a line with sign, title and time, then what it found. */
export function renderStep(step: StepReport, style: Style): string {
  const { colors, unicode, width } = style;
  const paint = { ok: colors.green, warning: colors.yellow, failed: colors.red, skipped: colors.dim }[
    step.verdict
  ];
  const [wide, ascii] = signs[step.verdict];
  const sign = unicode ? wide : ascii;
  const time = step.verdict === 'skipped' ? '' : `${step.milliseconds} ms`;
  const margin = sign.length + 1;
  const column = margin + 10;
  const summary = wrap(step.summary, width - column - time.length - 1, true);
  const head = (summary[0] ?? '').padEnd(width - column - time.length);
  const lines = [`${paint(sign)} ${colors.bold(step.title.padEnd(9))} ${head}${colors.dim(time)}`.trimEnd()];
  for (const line of summary.slice(1)) lines.push(' '.repeat(column) + line);
  if (step.verdict === 'skipped') return `${colors.dim(lines.join('\n'))}\n`;
  for (const { label, value } of step.findings ?? []) {
    const wrapped = wrap(value, width - margin - labelWidth - 1, true);
    lines.push(
      indent(
        wrapped,
        `${' '.repeat(margin)}${colors.dim(label.padEnd(labelWidth))} `,
        ' '.repeat(margin + labelWidth + 1),
      ),
    );
  }
  // What the explanation quotes, it shows.
  const quotes = step.explanation?.why.includes(step.said ?? '') ?? false;
  if (step.said !== undefined && step.verdict !== 'ok' && !quotes) {
    const quoted = wrap(step.said, width - margin - labelWidth - 1);
    lines.push(
      indent(
        quoted,
        `${' '.repeat(margin)}${colors.dim('said'.padEnd(labelWidth))} `,
        ' '.repeat(margin + labelWidth + 1),
      ),
    );
  }
  return `${lines.join('\n')}\n`;
}

/** The outcome: nothing, or the cause and what to do. */
export function renderVerdict(report: DoctorReport, style: Style): string {
  const { colors, width } = style;
  const seconds = `${(report.milliseconds / 1000).toFixed(1)} s`;
  const { cause } = report;
  if (cause === undefined) return `\n${colors.green(colors.bold('All is well.'))} ${colors.dim(seconds)}\n`;
  const head =
    report.verdict === 'failed'
      ? colors.red(colors.bold(wrap(cause.title, width).join('\n')))
      : `${colors.yellow(colors.bold('The connection works.'))}\n${wrap(`But: ${cause.title}.`, width).join('\n')}`;
  // Advice to run the doctor is useless from the doctor.
  const fix = cause.fix.filter((line) => !line.startsWith('azure-pg doctor '));
  return `\n${head}\n${renderExplanation({ ...cause, fix }, style)}`;
}

/** Why and what to do, without the title. */
export function renderExplanation(explanation: Explanation, { colors, width }: Style): string {
  const lines = [wrap(explanation.why, width).join('\n'), '', colors.bold('What to do')];
  explanation.fix.forEach((fix, index) => {
    lines.push(indent(wrapFix(fix, width - 5), `  ${index + 1}. `));
  });
  lines.push(colors.dim(`  ${explanation.docs}`));
  return `${lines.join('\n')}\n`;
}

/** A command at the end that does not fit stays in one piece, on a line of its own: it is there to be copied. */
function wrapFix(fix: string, width: number): string[] {
  const at = fix.search(/(?<=: )(?:azure-pg|az) /);
  if (at === -1 || fix.length <= width) return wrap(fix, width);
  return [...wrap(fix.slice(0, at - 1), width), fix.slice(at)];
}
