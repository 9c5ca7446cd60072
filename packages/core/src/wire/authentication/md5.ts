import { createHash } from 'node:crypto';

/** PostgreSQL's MD5 answer: the hash of password and user, hashed again with the server's salt. */
export function md5Password(user: string, password: string, salt: Uint8Array): string {
  const stored = createHash('md5').update(password).update(user).digest('hex');
  return `md5${createHash('md5').update(stored).update(salt).digest('hex')}`;
}
