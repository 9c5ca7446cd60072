import { block, identifier, literal } from './quote.ts';

/** The kinds of principals of Microsoft's `pgaadauth_…` functions; managed identities are services, too. */
export const principalTypes = ['service', 'user', 'group'] as const;
export type PrincipalType = (typeof principalTypes)[number];

/** A role to make for a principal of Entra. */
export interface NewRole {
  readonly name: string;
  /** Without it the server looks for a principal of the role's name in its directory. */
  readonly principal: { readonly objectId: string; readonly type: PrincipalType } | undefined;
  readonly admin: boolean;
  readonly mfa: boolean;
}

/**
 * Makes the role, or maps one that is there and stands for nobody; does nothing where it is as it should be. For the database `postgres`.
 * https://learn.microsoft.com/azure/postgresql/security/security-manage-entra-users
 */
export function createRoleSql(role: NewRole): string {
  const name = literal(role.name);
  return block(`
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${name}) THEN
    PERFORM ${creation(role)};
  ELSIF NOT EXISTS (SELECT FROM pgaadauth_list_principals(false) WHERE rolname = ${name}) THEN
${mapping(role)}
  ${anothers(role)}END IF;
END`);
}

function creation({ name, principal, admin, mfa }: NewRole): string {
  return principal === undefined
    ? `pgaadauth_create_principal(${literal(name)}, ${admin}, ${mfa})`
    : `pgaadauth_create_principal_with_oid(${literal(name)}, ${literal(principal.objectId)}, ${literal(principal.type)}, ${admin}, ${mfa})`;
}

function mapping({ name, principal, admin }: NewRole): string {
  if (principal === undefined) {
    return `    ${refusal(`The role ${identifier(name)} exists and does not stand for a principal`, 'Name the principal with --object-id to map it, or drop the role.')}`;
  }
  const label = `aadauth,oid=${principal.objectId},type=${principal.type}${admin ? ',admin' : ''}`;
  const labelled = `SECURITY LABEL FOR "pgaadauth" ON ROLE ${identifier(name)} IS ${literal(label)};`;
  if (admin) return `    ${labelled}`;
  // A wrong name must not hand an administrator's role to a program.
  return `    IF EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(name)} AND (rolsuper OR rolcreaterole OR rolreplication)) THEN
      ${refusal(`The role ${identifier(name)} exists and belongs to an administrator`, 'Choose another name; or, if that is meant, add --admin.')}
    END IF;
    ${labelled}`;
}

function anothers({ name, principal }: NewRole): string {
  if (principal === undefined) return '';
  return `ELSIF NOT EXISTS (
    SELECT FROM pgaadauth_list_principals(false)
    WHERE rolname = ${literal(name)} AND lower(objectid) = ${literal(principal.objectId)}
  ) THEN
    ${refusal(`The role ${identifier(name)} exists and stands for another principal`, 'See azure-pg role list. Choose another name, or drop the role.')}
  `;
}

const refusal = (message: string, hint: string): string =>
  `RAISE EXCEPTION USING MESSAGE = ${literal(message)}, HINT = ${literal(hint)};`;
