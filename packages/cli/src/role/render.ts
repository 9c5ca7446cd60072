import type { Finding } from '../doctor/report.ts';
import { indent, oneLine, type Style, wrap } from '../terminal.ts';
import type { Row } from './administrator.ts';
import type { Access, Grant } from './grant-sql.ts';

const labelWidth = 11;

/** Labels and what was found, one below the other. */
export function renderFindings(findings: readonly Finding[], { colors, width }: Style): string {
  const lines = findings.map(({ label, value }) =>
    indent(
      wrap(oneLine(value), width - labelWidth - 1),
      `${colors.dim(label.padEnd(labelWidth))} `,
      ' '.repeat(labelWidth + 1),
    ),
  );
  return `${lines.join('\n')}\n`;
}

/** The roles of `listSql`. */
export function renderPrincipals(rows: readonly Row[], { colors }: Style): string {
  const cells = rows.map((row) => [
    oneLine(row.rolname ?? ''),
    row.principaltype ?? '',
    row.objectid ?? '',
    [isTrue(row.isadmin) ? 'administrator' : '', isTrue(row.ismfa) ? 'MFA' : ''].filter(Boolean).join(', '),
  ]);
  const head = ['role', 'type', 'object id', ''];
  const widths = head.map((word, column) =>
    Math.max(word.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return `${[colors.dim(line(head)), ...cells.map(line)].join('\n')}\n`;
}

/** Of `roleSql`. */
export function whoItIs(name: string, row: Row): Finding[] {
  const also = [isTrue(row.isadmin) ? 'Entra administrator' : '', row.attributes].filter(Boolean);
  return [
    { label: 'role', value: name },
    { label: 'stands for', value: principalIn(row) ?? 'no principal of Entra' },
    {
      label: 'sign-in',
      value: reasonNotToSignIn(row) ?? (isTrue(row.ismfa) ? 'yes, with multi-factor authentication' : 'yes'),
    },
    { label: 'rights', value: also.length === 0 ? 'an ordinary role' : also.join(', ') },
    ...(row.member_of ? [{ label: 'member of', value: row.member_of }] : []),
    { label: 'databases', value: row.databases ?? 'it may connect to none' },
  ];
}

/** "service e8c2…", or undefined. */
export function principalIn({ principaltype, objectid }: Row): string | undefined {
  return objectid ? `${principaltype} ${objectid}` : undefined;
}

/** Why nobody signs in as it; undefined where its principal can. */
export function reasonNotToSignIn(row: Row): string | undefined {
  if (!row.objectid) return 'no: it stands for no principal of Entra';
  if (!isTrue(row.rolcanlogin)) return 'no: it is without LOGIN';
  return isTrue(row.expired) ? 'no: its time is over (VALID UNTIL)' : undefined;
}

/** Of `accessSql`. */
export function whatItMay({ database, schema }: Pick<Grant, 'database' | 'schema'>, row: Row): Finding[] {
  const at = `database ${database}`;
  if (!isTrue(row.may_connect)) return [{ label: 'may', value: `not connect to ${at}` }];
  if (!isTrue(row.there_is_schema))
    return [{ label: 'may', value: `connect to ${at}, which has no schema ${schema}` }];
  const makes = [
    isTrue(row.may_make_tables) ? 'make tables' : '',
    isTrue(row.may_make_schemas) ? 'make schemas' : '',
  ].filter(Boolean);
  const of = (count: string | null | undefined): string => `${count} of ${row.tables}`;
  return [
    {
      label: 'may',
      value: `connect to ${at}, ${isTrue(row.may_use) ? 'use' : 'NOT use'} its schema ${schema}${makes.length === 0 ? ', make nothing in it' : `, ${makes.join(', ')}`}`,
    },
    {
      label: 'tables',
      value: `select ${of(row.selects)}, insert ${of(row.inserts)}, update ${of(row.updates)}, delete ${of(row.deletes)}; sequences ${row.uses} of ${row.sequences}`,
    },
    {
      label: 'later',
      value: row.later ? `tables that ${row.later} will make, too` : 'no tables that others will make',
    },
  ];
}

/** What of the access is not there; undefined where all of it is. */
export function shortfall(access: Access, row: Row): string | undefined {
  if (!isTrue(row.may_connect)) return 'it may not connect to the database';
  if (!isTrue(row.may_use)) return 'it may not use the schema';
  if (access === 'owner' && !isTrue(row.may_make_tables)) return 'it may not make tables in the schema';
  const counts = access === 'read' ? [row.selects] : [row.selects, row.inserts, row.updates, row.deletes];
  if (counts.every((count) => count === row.tables)) return undefined;
  return `some tables belong to others${row.unreadable_owners ? ` (${row.unreadable_owners})` : ''}, who have to grant them`;
}

/** PostgreSQL's booleans in text form, and the integers of `pgaadauth_list_principals`. */
export function isTrue(value: string | null | undefined): boolean {
  return value === 't' || value === '1';
}
