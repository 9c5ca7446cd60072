import { explanationOf } from '../../src/explain/explain-error.ts';
import type { ErrorPattern, ExplanationRow } from '../../src/explain/explanations/explanation-row.ts';
import { networkRows } from '../../src/explain/explanations/network.ts';
import { serverRows } from '../../src/explain/explanations/server.ts';
import { settingsRows } from '../../src/explain/explanations/settings.ts';
import { signInRows } from '../../src/explain/explanations/sign-in.ts';
import { tlsRows } from '../../src/explain/explanations/tls.ts';
import { tokenRows } from '../../src/explain/explanations/token.ts';
import { recordedErrors } from './recorded-errors.ts';

const chapters: readonly (readonly [string, readonly ExplanationRow[]])[] = [
  ['Settings', settingsRows],
  ['Token and secret', tokenRows],
  ['Sign-in', signInRows],
  ['TLS', tlsRows],
  ['Network', networkRows],
  ['Server, pooler and lost connections', serverRows],
];

const head = `# Errors and how to fix them

What \`explainError(error, connection)\`, \`azure-pg doctor\` and the adapters' \`error.explanation\` know. The first row that fits an error, or
anything that it came from (\`cause\`, \`AggregateError.errors\`, Prisma's \`meta\`, …), holds. With the connection given, texts name host and role
and some failures are told apart that look alike.

This page is made from the table in \`packages/core/src/explain\` by a test: change it there.
`;

/** docs/errors.md, from the table. */
export function errorsPage(): string {
  const parts = [head];
  for (const [title, rows] of chapters) {
    parts.push(`## ${title}\n`);
    for (const row of rows) parts.push(section(row));
  }
  return parts.join('\n');
}

function section(row: ExplanationRow): string {
  const { title, why, fix } = explanationOf(row, {
    connection: undefined,
    said: {},
    ownMessage: undefined,
    ownHint: undefined,
  });
  const seen = [...new Set(row.when.flatMap(patternWords))];
  const said = recordedErrors
    .filter(({ code, from }) => code === row.code && !['core', 'Node.js', 'Prisma'].includes(from))
    .map(({ from, error }) => `${from}: \`${oneLine((error as Error).message)}\``);
  return [
    `### ${row.code}\n`,
    `**${title}.** ${why}\n`,
    ...(seen.length > 0 ? [`Codes: ${seen.join(', ')}\n`] : []),
    ...(said.length > 0 ? [`As said by ${said.join(' · ')}\n`] : []),
    ...fix.map((line) => `- ${line}`),
    `- <${row.docs}>\n`,
  ].join('\n');
}

const patternWords = ({ code = [], sqlState = [] }: ErrorPattern): string[] =>
  [...code, ...sqlState].map((word) => `\`${word}\``);

function oneLine(message: string): string {
  const text = message.replace(/\s+/g, ' ').replace(/^No Entra token for \S+ /, '');
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}
