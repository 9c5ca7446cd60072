// Nothing but the wait for the connection keeps this program alive.
import { openConnection, resolveConnection } from '../../../src/index.ts';

process.channel?.unref();
const connection = resolveConnection(
  `postgresql://ada@127.0.0.1:${process.env.PORT}/app?sslmode=disable&connect_timeout=7`,
  { password: () => new Promise<string>(() => undefined) },
  {},
);
try {
  await openConnection(connection);
} catch (error) {
  console.log((error as { code?: string }).code);
}
