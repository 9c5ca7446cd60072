import { isGuid } from '../../azure/guid.ts';
import type { Situation } from './explanation-row.ts';

/** As Single Server wanted it; neither a mail address nor a guest's name. */
const atServer = /@(?!.*[.#])/;

/** "user@server", which flexible server does not know. */
export function isUserAtServer(user: string): boolean {
  return atServer.test(user);
}

/** A sentence on the principal of the refused token; empty where it is not known. */
export function whoseToken({ principal }: Situation): string {
  if (principal === undefined) return '';
  const { objectId, principalType, role } = principal;
  const kind = principalType === 'user' ? 'a user' : 'an application or managed identity';
  const name = role === undefined ? 'its claims name no role' : `it stands for the role "${role}"`;
  return ` The token is that of ${kind} with the object id ${objectId}; ${name}.`;
}

/** The role that the token stands for, where that is certain and another one was tried. */
export function otherRole({ principal, said, connection }: Situation): string | undefined {
  const role = principal?.role;
  return role === (said.user ?? connection?.user) ? undefined : role;
}

/** The same where it is the role that was tried, but for capital letters. */
export function otherSpelling(situation: Situation): string | undefined {
  const { said, connection } = situation;
  const role = otherRole(situation);
  const tried = said.user ?? connection?.user;
  return role !== undefined && role.toLowerCase() === tried?.toLowerCase() ? role : undefined;
}

/** Our command that makes the role, ready to be copied. */
export function createCommand(situation: Situation): string {
  const name = roleToMake(situation);
  const { principal } = situation;
  const whom =
    principal === undefined ? '' : ` --object-id ${principal.objectId} --type ${principal.principalType}`;
  return `azure-pg role create ${name === undefined ? 'NAME' : inShell(name)}${whom}`;
}

/** The same as a line of SQL. */
export function createSql(situation: Situation): string {
  const name = `'${(roleToMake(situation) ?? 'NAME').replaceAll("'", "''")}'`;
  const { principal } = situation;
  return principal === undefined
    ? `SELECT * FROM pgaadauth_create_principal(${name}, false, false);`
    : `SELECT * FROM pgaadauth_create_principal_with_oid(${name}, '${principal.objectId}', '${principal.principalType}', false, false);`;
}

/** What the command shows if no name is known. */
export function whatNameIs(situation: Situation): string {
  return roleToMake(situation) === undefined
    ? 'NAME stands for the display name of the application or managed identity, or the user’s sign-in name; the program then says user=NAME.'
    : '';
}

/** What the token names, else what the user wrote; never an id or anything else that is not a role's name. */
function roleToMake({ principal, said, connection }: Situation): string | undefined {
  const name = principal?.role ?? said.user ?? connection?.user;
  if (name === undefined || name === '' || name.startsWith('-')) return undefined;
  return isGuid(name) || isUserAtServer(name) ? undefined : name;
}

function inShell(name: string): string {
  return /^[\w.@-]+$/.test(name) ? name : `'${name.replaceAll("'", String.raw`'\''`)}'`;
}
