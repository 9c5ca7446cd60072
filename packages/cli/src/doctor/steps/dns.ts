import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isLoopback, isUnixSocket } from '@azure-pg/core/tooling';
import { failure } from '../failure.ts';
import { isPrivateAddress } from '../private-address.ts';
import type { Finding, StepOutcome } from '../report.ts';
import { connectionOf, ok, type Step, skipped } from '../step.ts';

/** Milliseconds to find out about aliases, which is nice to know and no more. */
const aliasLimit = 1_500;

/** What the name means: its addresses, the aliases on the way, and whether Private Link is one of them. */
export const dnsStep: Step = {
  id: 'dns',
  title: 'DNS',
  limit: 8_000,
  async run(known): Promise<StepOutcome> {
    const connection = connectionOf(known);
    const host = connection.hosts[0];
    if (host === undefined || isUnixSocket(host.host)) return skipped('a Unix socket has no name to resolve');
    const given = host.hostaddr ?? (isIP(host.host) === 0 ? undefined : host.host);
    if (given !== undefined) {
      known.addresses = [given];
      known.isPrivate = isPrivateAddress(given);
      return ok(`not asked: the address ${given} was given`);
    }
    let addresses: string[];
    try {
      addresses = (await lookup(host.host, { all: true, order: 'verbatim' })).map(({ address }) => address);
    } catch (error) {
      return failure(error, connection);
    }
    const aliases = await aliasesOf(host.host);
    known.addresses = addresses;
    known.isPrivate = addresses.every(isPrivateAddress);
    const findings: Finding[] = addresses.map((address) => ({
      label: 'address',
      value: `${address} (${kindOf(address)})`,
    }));
    for (const alias of aliases) findings.push({ label: 'alias', value: alias });
    const privateLink = aliases.some((alias) => alias.toLowerCase().includes('.privatelink.'));
    if (privateLink && !known.isPrivate) {
      return {
        verdict: 'warning',
        summary: 'the server has a private endpoint, but this network gets its public address',
        findings,
        explanation: {
          code: 'private-zone-not-linked',
          title: 'The private DNS zone is not linked to this network',
          why: 'The name leads through privatelink.…, so the server has a private endpoint; name servers that know the private zone would give its private address.',
          fix: [
            'Link the zone privatelink.postgres.database.azure.com to this virtual network, or forward it to 168.63.129.16. Without need of the private way ignore this.',
          ],
          docs: 'https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-networking-private-link',
        },
      };
    }
    const kinds = [...new Set(addresses.map(kindOf))].join(' and ');
    return ok(`${addresses.join(', ')} (${kinds}${privateLink ? ', through Private Link' : ''})`, findings);
  },
};

const kindOf = (address: string): string =>
  isLoopback(address) ? 'this machine' : isPrivateAddress(address) ? 'private' : 'public';

/** The CNAMEs from the name on; none where name servers do not say. Names of this machine are not asked about. */
async function aliasesOf(name: string): Promise<string[]> {
  if (isLoopback(name) || !name.includes('.')) return [];
  const resolver = new Resolver({ timeout: aliasLimit, tries: 1 });
  const aliases: string[] = [];
  const timer = setTimeout(() => resolver.cancel(), aliasLimit);
  try {
    for (let next = name; aliases.length < 8; ) {
      const [alias] = await resolver.resolveCname(next);
      if (alias === undefined) break;
      aliases.push(alias);
      next = alias;
    }
  } catch {
    // The end of the chain, or no name server that answers.
  } finally {
    clearTimeout(timer);
  }
  return aliases;
}
