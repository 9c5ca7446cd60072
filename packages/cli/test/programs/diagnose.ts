// Asks the doctor and explainError about one set-up. A process of its own for each: @azure/identity keeps endpoints and tokens in statics.
import { explainError, openConnection, resolveConnection } from '@azure-pg/core';
import { runDoctor } from '../../src/index.ts';

const [url] = process.argv.slice(2);
const given = url === '' ? undefined : url;

let connection: ReturnType<typeof resolveConnection> | undefined;
/** What a program meets that connects. */
async function meets(): Promise<unknown> {
  try {
    connection = resolveConnection(given);
    const { socket } = await openConnection(connection);
    socket.destroy();
    return undefined;
  } catch (error) {
    return error;
  }
}

// Both at once: where no token comes, @azure/identity tries for 20 s before it says so.
const [report, error] = await Promise.all([runDoctor({ url: given, timeout: 45_000 }), meets()]);
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
