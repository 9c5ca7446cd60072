import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { camelCase } from '../../src/settings/gather/option-names.ts';
import { libpqSettings } from '../../src/settings/table/libpq-settings.ts';
import { ownSettings } from '../../src/settings/table/own-settings.ts';
import type { SettingRow } from '../../src/settings/table/setting-row.ts';
import { type SettingName, settingNames, settingRow } from '../../src/settings/table/settings.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

const heads = {
  'settings of this library': {
    names: Object.keys(ownSettings) as SettingName[],
    columns: ['Setting', 'Values', 'Default', 'What it does'],
  },
  'settings of libpq': {
    names: Object.keys(libpqSettings) as SettingName[],
    columns: ['Setting', 'Variable', 'Values', 'Default', 'Here'],
  },
} as const;

/** docs/connection-strings.md with its two tables as the settings' rows say. */
export function connectionStringsPage(): string {
  const file = 'docs/connection-strings.md';
  let page = readFileSync(`${root}/${file}`, 'utf8');
  for (const [name, { names, columns }] of Object.entries(heads)) {
    const lines = [columns, columns.map(() => '---'), ...names.map((setting) => cells(setting, columns))];
    const table = lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
    const marked = new RegExp(`(<!-- ${name} -->)[^]*?(<!-- end -->)`);
    if (!marked.test(page)) throw new Error(`${file} has no place for the ${name}`);
    page = page.replace(marked, (_, begin: string, end: string) => `${begin}\n\n${table}\n\n${end}`);
  }
  return formatted(file, page);
}

function cells(name: SettingName, columns: readonly string[]): string[] {
  const row = settingRow(name);
  const { variable, doc } = row;
  const all = [`\`${name}\``, variable ? `\`${variable}\`` : '', values(row), unsaid(row), doc];
  return columns.includes('Variable') ? all : all.toSpliced(1, 1);
}

function values({ kind, values, range }: SettingRow): string {
  if (values !== undefined) return values.map((word) => `\`${word}\``).join(', ');
  if (kind === 'integer') return range?.[0] === 1 ? 'a port' : 'a whole number';
  if (kind === 'flag') return '`1`, `0`';
  if (kind === 'switch') return '`true`, `false`';
  return { text: '', list: 'a list', ports: 'numbers', password: '' }[kind as 'text'];
}

function unsaid({ default: value, otherwise = '' }: SettingRow): string {
  if (value === undefined) return otherwise;
  return `\`${typeof value === 'boolean' ? Number(value) : value}\``;
}

/** The file of the option types: each setting in both spellings, with the same docstring. */
export function connectionOptionsFile(): string {
  const members = settingNames.flatMap((name) => {
    const row = settingRow(name);
    const says = unsaid(row);
    const docstring = `/** ${row.doc}${says === '' || says === 'see below' ? '' : ` Default: ${says}.`} */`;
    return [...new Set([name, camelCase(name)])].map(
      (spelling) => `${docstring}\n${spelling}?: ${optionType(row)} | undefined;`,
    );
  });
  const file = 'packages/core/src/settings/gather/setting-options.ts';
  return formatted(
    file,
    `// Made from settings/table by a test, which says when this file is out of date; change the table.
import type { PasswordFunction } from '../../connection/password-function.ts';

/** Every setting as an option, in libpq's spelling and in camelCase; not in both at once. */
export interface SettingOptions {
${members.join('\n')}
}
`,
  );
}

function optionType({ kind, pem, values = [] }: SettingRow): string {
  const text = pem ? 'string | Uint8Array' : 'string';
  const types = {
    text,
    list: `${text} | readonly ${pem ? `(${text})` : text}[]`,
    ports: 'number | string | readonly (number | string)[]',
    integer: 'number | string',
    flag: 'boolean | number | string',
    switch: 'boolean | string',
    choice: values.map((word) => `'${word}'`).join(' | '),
    password: 'string | PasswordFunction',
  };
  return types[kind];
}

/** As `npm run format` would write it. */
export function formatted(file: string, text: string): string {
  const { stdout, stderr, status } = spawnSync(
    `${root}/node_modules/.bin/biome`,
    ['format', `--stdin-file-path=${file}`],
    { cwd: root, input: text, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  return stdout;
}
