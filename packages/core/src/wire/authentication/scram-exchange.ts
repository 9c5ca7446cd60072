import type { X509Certificate } from 'node:crypto';
import type { RequireAuth } from '../../connection/connection.ts';
import { AzurePgError } from '../../errors/azure-pg-error.ts';
import { type BackendMessage, violation } from '../backend-messages.ts';
import { saslInitialResponse, saslResponse } from '../frontend-messages.ts';
import { serverEndPoint } from './channel-binding.ts';
import { assertMethodAllowed, methodUnsupported } from './require-auth.ts';
import { type ScramBinding, ScramClient, type ScramRounds } from './scram.ts';

/** What decides the mechanism, and what proves who signs in. */
export interface ScramSettings {
  /** @throws AzurePgError `PASSWORD_MISSING` */
  password(): string;
  readonly requireAuth: RequireAuth | undefined;
  readonly channelBinding: 'disable' | 'prefer' | 'require';
  readonly rounds: ScramRounds;
  /** The server's certificate; undefined on a socket without TLS. */
  readonly certificate: X509Certificate | undefined;
}

interface Exchange {
  write(bytes: Uint8Array): void;
  next(): Promise<BackendMessage>;
}

const plain = 'SCRAM-SHA-256';
const plus = 'SCRAM-SHA-256-PLUS';

/**
 * One SASL exchange; true when the TLS channel was bound into it. libpq's choice (fe-auth.c): -PLUS wherever the server offers it,
 * TLS is there and channel_binding allows it.
 */
export async function scramExchange(
  offered: readonly string[],
  who: ScramSettings,
  { write, next }: Exchange,
): Promise<boolean> {
  const { mechanism, binding } = choose(offered, who);
  const client = new ScramClient(who.password(), binding, who.rounds);
  write(saslInitialResponse(mechanism, client.first()));
  write(saslResponse(await client.final(textOf(await next(), 11))));
  client.verify(textOf(await next(), 12));
  return binding.flag === 'p';
}

function choose(
  offered: readonly string[],
  who: ScramSettings,
): { mechanism: string; binding: ScramBinding } {
  if (!offered.includes(plain) && !offered.includes(plus)) {
    if (offered.includes('OAUTHBEARER')) {
      assertMethodAllowed(who.requireAuth, 'oauth');
      throw methodUnsupported('OAUTHBEARER');
    }
    throw methodUnsupported('a SASL mechanism other than SCRAM-SHA-256');
  }
  assertMethodAllowed(who.requireAuth, 'scram-sha-256');
  const { certificate, channelBinding } = who;
  if (certificate === undefined && offered.includes(plus)) {
    throw violation(`an offer of ${plus} on a socket without TLS`);
  }
  const data =
    certificate !== undefined && channelBinding !== 'disable' ? serverEndPoint(certificate) : undefined;
  if (offered.includes(plus) && data !== undefined) return { mechanism: plus, binding: { flag: 'p', data } };
  if (channelBinding === 'require') throw cannotBind(certificate === undefined, offered.includes(plus));
  if (!offered.includes(plain)) throw methodUnsupported(`${plus} alone`);
  // "y" tells the server that we could bind: if it had offered to and someone removed the offer, it notices.
  const could = data !== undefined && !offered.includes(plus);
  return { mechanism: plain, binding: { flag: could ? 'y' : 'n' } };
}

function cannotBind(plaintext: boolean, offered: boolean): AzurePgError {
  const why = plaintext
    ? 'the socket has no TLS'
    : offered
      ? "the server certificate's signature names no hash"
      : 'the server does not offer it';
  return new AzurePgError('AUTH_METHOD_NOT_ALLOWED', `channel_binding is "require", but ${why}`, {
    hint: 'Poolers and proxies that end TLS themselves cannot bind the channel; with them use channel_binding=prefer.',
  });
}

function textOf({ body }: BackendMessage, expected: 11 | 12): string {
  if (body.readInt32BE(0) !== expected) throw violation('an authentication request out of turn');
  return body.toString('utf8', 4);
}
