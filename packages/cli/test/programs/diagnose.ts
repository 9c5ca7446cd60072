// Asks the doctor and explainError about one set-up. A process of its own for each: @azure/identity keeps endpoints and tokens in statics.
import { explainError, openConnection, resolveConnection } from '@azure-pg/core';
import { renderStep, renderVerdict } from '../../src/doctor/render-text.ts';
import { runDoctor } from '../../src/index.ts';
import { styleFor } from '../../src/terminal.ts';

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
// No line is broken.
const style = { ...styleFor({ write: () => {} }, { NO_COLOR: '1' }), width: 10_000 };
const explained = explainError(error, connection);
const answer = {
  doctor: report.cause?.code,
  failedStep: report.steps.find(({ verdict }) => verdict === 'failed')?.id,
  verdict: report.verdict,
  explained: explained?.code,
  thrown: (error as { code?: string } | undefined)?.code,
  message: (error as Error | undefined)?.message,
  printed: [...report.steps.map((step) => renderStep(step, style)), renderVerdict(report, style)].join('\n'),
  report,
  explained_: explained,
};
process.stdout.write(JSON.stringify(answer), () => process.exit(0));
