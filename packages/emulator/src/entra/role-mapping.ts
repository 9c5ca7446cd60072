import type { PrincipalType } from './directory.ts';

/** How a role is mapped to a principal, as `pgaadauth` keeps it. */
export interface RoleMapping {
  readonly objectId: string;
  readonly type: PrincipalType;
  readonly mfa: boolean;
}
