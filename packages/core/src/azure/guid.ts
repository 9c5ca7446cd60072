const guid = /^\{?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\}?$/i;
const canonical = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An id of Entra's, in any of the forms that are written: of an object, an application, a tenant. Never a role's name. */
export function isGuid(text: string): boolean {
  return guid.test(text);
}

/** An id in the one form that Entra itself writes. */
export function isCanonicalGuid(text: string): boolean {
  return canonical.test(text);
}
