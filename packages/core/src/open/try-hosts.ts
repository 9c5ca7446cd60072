import { isUnixSocket } from '../azure/token-host.ts';
import type { AzureConnection, Host } from '../connection/connection.ts';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import type { Dial } from '../tls/dialled-stream.ts';
import type { Target } from '../tls/open-transport.ts';
import { refusalOf } from '../wire/server-refusal.ts';
import { type ConnectDeadline, stages, unansweredHint } from './connect-deadline.ts';
import { livingFirst, noteDead } from './remembered-hosts.ts';
import { resolveAddresses, shuffled } from './resolve-addresses.ts';
import { retell } from './retell-error.ts';
import { noteAddresses } from './server-generations.ts';

/** ERRCODE_CANNOT_CONNECT_NOW: starting up, shutting down, or a standby that takes no sessions. */
const cannotConnectNow = '57P03';

/** What the work is given: where to go, and whether a standby that was preferred is no longer waited for. */
export interface HostTrial {
  readonly target: Target;
  /** How many are still to be tried, this one included: they share the time that is left. */
  readonly among: number;
  readonly secondPass: boolean;
}

/** The hosts of a connection, or some of them, and how to choose. */
type HostsToTry = Pick<AzureConnection, 'hosts' | 'loadBalanceHosts' | 'targetSessionAttrs' | 'logger'>;

/**
 * Tries the hosts in their order, or in a random one (load_balance_hosts), and all addresses of each name, until one gives a
 * result. As in libpq, only these go on: to the next address, when a server cannot be reached or does not answer in its share of the time;
 * to the next host, when a name does not resolve, when the server says 57P03, and when it is not what target_session_attrs asks for.
 * Everything else (TLS, certificate, password) is final: another host must not be a way around it.
 * https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS
 *
 * prefer-standby goes through the list twice, the second time taking any server. What was dead a moment ago comes last.
 *
 * @param dial makes the streams to the hosts; their names are not resolved then.
 */
export async function tryHosts<T>(
  connection: HostsToTry,
  deadline: ConnectDeadline,
  work: (trial: HostTrial) => Promise<T>,
  dial?: Dial,
): Promise<T> {
  const random = connection.loadBalanceHosts === 'random';
  const inOrder = random ? shuffled(connection.hosts) : connection.hosts;
  const hosts = livingFirst(inOrder, (host) => [host, undefined]);
  const errors: unknown[] = [];
  const passes = connection.targetSessionAttrs === 'prefer-standby' ? 2 : 1;
  for (let pass = 0; pass < passes; pass++) {
    for (const [index, host] of hosts.entries()) {
      const hostsLeft = hosts.length - index + (passes - 1 - pass) * hosts.length;
      const done = await tryHost(host, hostsLeft, pass > 0);
      if (done !== undefined) return done.value;
    }
  }
  throw summary(connection, errors);

  async function tryHost(
    host: Host,
    hostsLeft: number,
    secondPass: boolean,
  ): Promise<{ value: T } | undefined> {
    let addresses: readonly (string | undefined)[];
    deadline.stage = stages.resolving(host.host);
    try {
      addresses = await deadline.within(
        deadline.share(hostsLeft, 'resolving'),
        () => unresponsive({ host, address: undefined }),
        async (signal) => (dial ? [dialledAddress(host)] : resolveAddresses(host, signal)),
      );
      if (!dial)
        noteAddresses(
          host,
          addresses.filter((address) => address !== undefined),
          connection.logger,
        );
    } catch (error) {
      keep(error);
      noteDead(host, undefined);
      return undefined;
    }
    addresses = livingFirst(random ? shuffled(addresses) : addresses, (address) => [host, address]);
    for (const [index, address] of addresses.entries()) {
      const among = hostsLeft - 1 + addresses.length - index;
      try {
        return { value: await work({ target: { host, address, dial }, among, secondPass }) };
      } catch (error) {
        keep(error);
        if (!isAddressFailure(error)) return undefined;
        noteDead(host, address);
      }
    }
    noteDead(host, undefined);
    return undefined;
  }

  function keep(error: unknown): undefined {
    if (deadline.signal.aborted || !goesOn(error))
      throw errors.length === 0 ? error : summary(connection, [...errors, error]);
    errors.push(error);
    return undefined;
  }
}

/** Only its maker knows where a dialled stream really leads. */
function dialledAddress({ host, hostaddr }: Host): string | undefined {
  return isUnixSocket(host) ? undefined : (hostaddr ?? host);
}

/** The server of a target did not respond within its share of the time. */
export function unresponsive({ host, address }: Target): AzurePgError {
  const where = isUnixSocket(host.host)
    ? host.host
    : `"${host.host}"${address ? ` (${address})` : ''}, port ${host.port}`;
  return new AzurePgError('HOST_UNREACHABLE', `No answer from ${where} in its share of connect_timeout`, {
    hint: unansweredHint,
    cause: Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT' }),
  });
}

function isAddressFailure(error: unknown): boolean {
  return error instanceof AzurePgError && error.code === 'HOST_UNREACHABLE';
}

function goesOn(error: unknown): boolean {
  if (!(error instanceof AzurePgError)) return false;
  if (error.code === 'HOST_UNREACHABLE' || error.code === 'SESSION_ATTRS_NOT_MET') return true;
  return refusalOf(error)?.fields.code === cannotConnectNow;
}

/** One host: its error. Several: an error of the last one's kind that names all. */
function summary(connection: HostsToTry, errors: readonly unknown[]): unknown {
  const last = errors.at(-1);
  if (errors.length === 1 || !(last instanceof AzurePgError)) return last;
  // A deadline says where the time went.
  const first = errors.find(
    (error) => error instanceof AzurePgError && error.code === 'SESSION_ATTRS_NOT_MET',
  );
  const main = goesOn(last) && first instanceof AzurePgError ? first : last;
  const words = [...new Set(errors.map((error) => (error instanceof Error ? error.message : String(error))))];
  const hosts =
    connection.hosts.length === 1 ? 'No address of the host' : `None of the ${connection.hosts.length} hosts`;
  const cause = Object.assign(new AggregateError(errors, words.join('; ')), systemCode(errors));
  return retell(main, `${hosts} could be used: ${words.join('; ')}`, { cause });
}

/** The last system error's code, where a driver's user looks for it. */
function systemCode(errors: readonly unknown[]): { code?: string } {
  for (const error of [...errors].reverse()) {
    const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code;
    if (typeof code === 'string') return { code };
  }
  return {};
}
