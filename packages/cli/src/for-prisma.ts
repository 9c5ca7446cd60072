import { type AzureConnection, resolveConnection } from '@azure-pg/core';
import { prismaEngineUrl, speakingDatabaseUrl, takePrismaParameters } from '@azure-pg/core/adapter';
import type { CommandContext } from './context.ts';
import { sideOf } from './side.ts';

/** A connection for Prisma's schema engine. */
export interface ConnectionForPrisma {
  readonly connection: AzureConnection;
  /** The URL that the engine verifies the server with. */
  engineUrl(rootFile: 'process' | 'lasting'): Promise<string>;
}

/** The connection that a URL with Prisma's own parameters in it names (`?schema=…`), or the environment; and the URL for its engine. */
export function connectionForPrisma(
  { env }: CommandContext,
  url: string | undefined,
  pooled: boolean | undefined,
): ConnectionForPrisma {
  const given = url ?? speakingDatabaseUrl({}, env);
  const { text, parameters } = takePrismaParameters(given ?? '');
  const connection = sideOf(
    resolveConnection(given === undefined ? undefined : text, undefined, env),
    pooled,
  );
  return {
    connection,
    engineUrl: (rootFile) => prismaEngineUrl(connection, { parameters, rootFile }),
  };
}
