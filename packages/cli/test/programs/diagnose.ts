// Asks the doctor and explainError about one set-up. A process of its own for each: @azure/identity keeps endpoints and tokens in statics.
import { explainError, openConnection, resolveConnection } from '@azure-pg/core';
import { runDoctor } from '../../src/index.ts';

const [url] = process.argv.slice(2);
const report = await runDoctor({ url: url === '' ? undefined : url, timeout: 45_000 });

let connection: ReturnType<typeof resolveConnection> | undefined;
let error: unknown;
try {
  connection = resolveConnection(url === '' ? undefined : url);
  const { socket } = await openConnection(connection);
  socket.destroy();
} catch (caught) {
  error = caught;
}
const explained = explainError(error, connection);
const answer = {
  doctor: report.cause?.code,
  failedStep: report.steps.find(({ verdict }) => verdict === 'failed')?.id,
  verdict: report.verdict,
  explained: explained?.code,
  thrown: (error as { code?: string } | undefined)?.code,
  message: (error as Error | undefined)?.message,
  report,
  explained_: explained,
};
process.stdout.write(JSON.stringify(answer), () => process.exit(0));
