import type { DiagnosticsChannel, DiagnosticsMessages } from '@azure-pg/core';
import { type Attributes, SpanKind, type Tracer } from '@opentelemetry/api';
import { attributesOf, errorAttributes, type Place, poolName } from './attributes.ts';
import type { Instruments } from './instruments.ts';
import { recordSpan } from './past-span.ts';

/** Where things are recorded. */
interface Telemetry {
  readonly instruments: Instruments;
  readonly tracer: Tracer;
}

/** What is made of one channel's messages. */
export type Recorder<Name extends DiagnosticsChannel> = (
  message: DiagnosticsMessages[Name],
  telemetry: Telemetry,
) => void;

type TokenRequest =
  | DiagnosticsMessages['azure-pg:token.refreshed']
  | DiagnosticsMessages['azure-pg:token.failed'];

function connectSpan(
  tracer: Tracer,
  place: Place & { readonly duration: number },
  failure?: { error: unknown },
): void {
  // As database spans are named: what is done, and to which database.
  const name = `CONNECT ${place.database ?? poolName(place)}`;
  const { duration } = place;
  recordSpan(tracer, { name, kind: SpanKind.CLIENT, attributes: attributesOf(place), duration, failure });
}

function tokenRequest(
  message: TokenRequest,
  { instruments, tracer }: Telemetry,
  failure?: { error: unknown },
): void {
  const { credential, reason, scope, duration } = message;
  const about: Attributes = { 'azure_pg.credential': credential, 'azure_pg.token.reason': reason };
  const failed = failure === undefined ? {} : errorAttributes(failure.error);
  instruments.tokenRequest.record(duration / 1000, { ...about, ...failed });
  const attributes = { ...about, 'azure_pg.token.scope': scope };
  recordSpan(tracer, {
    name: 'azure_pg.token.request',
    kind: SpanKind.INTERNAL,
    attributes,
    duration,
    failure,
  });
}

/** By channel. `token.requested` and `secret.read` are told by what follows them. */
export const recorders: { readonly [Name in DiagnosticsChannel]?: Recorder<Name> } = {
  'azure-pg:connection.opened': (message, { instruments, tracer }) => {
    const attributes = { ...attributesOf(message), 'db.client.connection.pool.name': poolName(message) };
    instruments.createTime.record(message.duration / 1000, attributes);
    connectSpan(tracer, message);
  },
  'azure-pg:connection.failed': (message, { instruments, tracer }) => {
    const { error } = message;
    instruments.connectFailures.add(1, { ...attributesOf(message), ...errorAttributes(error) });
    connectSpan(tracer, message, { error });
  },
  'azure-pg:connection.retried': (message, { instruments }) => {
    instruments.retries.add(1, { ...attributesOf(message), ...errorAttributes(message.error) });
  },
  'azure-pg:server.changed': (message, { instruments }) => {
    instruments.serverChanges.add(1, { ...attributesOf(message), 'azure_pg.change.reason': message.reason });
  },
  'azure-pg:token.refreshed': (message, telemetry) => tokenRequest(message, telemetry),
  'azure-pg:token.failed': (message, telemetry) => tokenRequest(message, telemetry, { error: message.error }),
  'azure-pg:token.served': ({ credential, cached, duration }, { instruments }) => {
    const attributes = { 'azure_pg.credential': credential, 'azure_pg.token.cached': cached };
    instruments.tokenWait.record(duration / 1000, attributes);
  },
  'azure-pg:token.refused': ({ credential }, { instruments }) => {
    instruments.tokenRefusals.add(1, { 'azure_pg.credential': credential });
  },
};
