import type { X509Certificate } from 'node:crypto';
import { type AzureConnection, AzurePgError, type SslMode, type Transport } from '@azure-pg/core';
import {
  fallsBack,
  isUnixSocket,
  openTransport,
  rootsOf,
  sslModes,
  type TlsAttempt,
  tlsAttempts,
} from '@azure-pg/core/tooling';
import { oneLine } from '../../terminal.ts';
import { failure } from '../failure.ts';
import { seenTls } from '../peer-chain.ts';
import type { Finding, StepOutcome } from '../report.ts';
import { connectionOf, type Known, ok, type Step, skipped } from '../step.ts';

/** What TLS would be: version, cipher, chain, and what each sslmode makes of it. */
export const tlsStep: Step = {
  id: 'tls',
  title: 'TLS',
  limit: 15_000,
  blocked: (known) => {
    if (known.addresses === undefined && !isUnixSocket(known.connection?.hosts[0]?.host ?? '')) {
      return 'there is no address';
    }
    const open = ownPortIsOpen(known);
    return open === false ? 'the port does not answer' : undefined;
  },
  async run(known, { signal }): Promise<StepOutcome> {
    const connection = connectionOf(known);
    const host = connection.hosts[0];
    if (host === undefined || isUnixSocket(host.host)) return skipped('a Unix socket is not encrypted');
    const probe = await probeTls(connection, known.addresses?.[0], signal);
    const findings = [...probe.findings, ...modesOf(connection, probe)];
    const refusal = probe.refusalOf(connection.tls.mode);
    if (refusal !== undefined) return failure(refusal, connection, { findings });
    const { mode } = connection.tls;
    if (mode === 'disable' || !probe.offered) {
      const summary =
        mode === 'disable' ? 'turned off (sslmode=disable)' : 'not offered; the connection is in plaintext';
      return { verdict: 'warning', summary, findings };
    }
    if (probe.refusalOf('verify-full') !== undefined) {
      const what = probe.chain === undefined ? 'for another name' : 'not trusted';
      return {
        verdict: 'warning',
        summary: `${probe.summary}; the certificate is ${what}, which sslmode=${mode} does not check`,
        findings,
      };
    }
    return ok(probe.summary, findings);
  },
};

function ownPortIsOpen({ openPorts, connection }: Known): boolean | undefined {
  if (openPorts === undefined || connection === undefined) return undefined;
  const { direct, pooled } = openPorts;
  if (direct === undefined) return pooled;
  if (pooled === undefined) return direct;
  return connection.pooled().hosts[0]?.port === connection.hosts[0]?.port ? pooled : direct;
}

interface TlsProbe {
  readonly offered: boolean;
  readonly summary: string;
  readonly findings: readonly Finding[];
  /** Why the chain does not hold; undefined: it does. */
  readonly chain: unknown;
  /** What would end a connection with this sslmode; undefined: it would go on. */
  refusalOf(mode: SslMode): unknown;
}

/** At most three handshakes: with all checks; with the chain's alone; without any, to see what is there. */
async function probeTls(
  connection: AzureConnection,
  address: string | undefined,
  signal: AbortSignal,
): Promise<TlsProbe> {
  const errors: Partial<Record<TlsAttempt['verify'], unknown>> = {};
  let transport: Transport | undefined;
  for (const verify of ['full', 'chain', 'none'] as const) {
    try {
      transport = await open(connection, address, verify, signal);
      break;
    } catch (error) {
      signal.throwIfAborted();
      errors[verify] = error;
      const code = error instanceof AzurePgError ? error.code : undefined;
      if (code !== 'CERTIFICATE_NOT_TRUSTED' && code !== 'HOST_NAME_MISMATCH') break;
    }
  }
  const offered = transport !== undefined;
  const handshake = offered ? undefined : (errors.none ?? errors.chain ?? errors.full);
  // A certificate for another name can come from an untrusted issuer as well; the chain is judged first.
  const chain = transport?.attempt.verify === 'none' ? (errors.chain ?? errors.full) : undefined;
  const outcomes = { full: errors.chain ?? errors.full, chain, none: undefined };
  const described = describe(connection, transport);
  transport?.socket.destroy();
  return {
    offered,
    chain,
    ...described,
    refusalOf(mode) {
      let first: unknown;
      for (const { encryption, verify } of tlsAttempts({ ...connection.tls, mode }, false)) {
        const refusal = encryption === 'plaintext' ? undefined : (handshake ?? outcomes[verify]);
        if (refusal === undefined) return undefined;
        first ??= refusal;
        if (!fallsBack(refusal)) break;
      }
      return first;
    },
  };
}

async function open(
  connection: AzureConnection,
  address: string | undefined,
  verify: TlsAttempt['verify'],
  signal: AbortSignal,
): Promise<Transport> {
  const host = connection.hosts[0] as AzureConnection['hosts'][number];
  const negotiation = connection.tls.negotiation === 'direct' ? 'direct' : 'request';
  return await openTransport(
    connection,
    { host, address },
    { encryption: 'tls', verify, negotiation },
    signal,
  );
}

/** What is shown with the verdict. */
function describe(
  connection: AzureConnection,
  transport: Transport | undefined,
): Pick<TlsProbe, 'summary' | 'findings'> {
  const roots = rootsOf(connection.tls, connection.endpoint.cloud);
  const seen = transport && seenTls(transport, roots.pem);
  if (seen === undefined) return { summary: 'no TLS', findings: [] };
  const [leaf] = seen.chain;
  const names = oneLine((leaf?.subjectAltName ?? '').replaceAll('DNS:', '').replaceAll('IP Address:', ''));
  const findings: Finding[] = [
    { label: 'version', value: `${seen.version}, ${seen.cipher}` },
    ...seen.chain.map((certificate, index) => ({
      label: index === 0 ? 'certificate' : 'issued by',
      value: `${nameOf(certificate)}, until ${dateOf(certificate.validTo)}`,
    })),
    ...(names === '' ? [] : [{ label: 'for', value: names }]),
    { label: 'roots', value: oneLine(roots.description) },
  ];
  return { summary: `${seen.version}, certificate until ${dateOf(leaf?.validTo)}`, findings };
}

/** The common name, else the organization. */
const nameOf = ({ subject }: X509Certificate): string =>
  oneLine(/^CN=(.*)$/m.exec(subject)?.[1] ?? /^O=(.*)$/m.exec(subject)?.[1] ?? '(no name)');
const dateOf = (text: string | undefined): string => {
  const date = new Date(text ?? '');
  return Number.isNaN(date.getTime()) ? '?' : date.toISOString().slice(0, 10);
};

/** Two findings: the modes that TLS would let through, and those that it would not. */
function modesOf(connection: AzureConnection, probe: TlsProbe): Finding[] {
  const holds = sslModes.filter((mode) => mode !== 'disable' && probe.refusalOf(mode) === undefined);
  const fails = sslModes.filter((mode) => probe.refusalOf(mode) !== undefined);
  const own = (mode: SslMode): string => (mode === connection.tls.mode ? `${mode} (yours)` : mode);
  return [
    ...(holds.length > 0 ? [{ label: 'would pass', value: holds.map(own).join(', ') }] : []),
    ...(fails.length > 0 ? [{ label: 'would fail', value: fails.map(own).join(', ') }] : []),
  ];
}
