import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { AzureConnection } from '@azure-pg/core';

/** Milliseconds after which a name is left to the program itself. */
const patience = 2_000;

/** A host that has an address in the settings alone: libpq's programs go there, others look for the name and do not find it. */
export async function unknownHost({ hosts }: AzureConnection): Promise<string | undefined> {
  for (const { host, hostaddr } of hosts) {
    if (hostaddr === undefined || isIP(host) !== 0) continue;
    const late = new Promise((resolve) => setTimeout(resolve, patience, true).unref());
    const found = lookup(host).then(
      () => true,
      () => false,
    );
    if ((await Promise.race([found, late])) === false) return host;
  }
  return undefined;
}
