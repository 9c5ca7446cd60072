// Starts an emulator, says what it is made of, and waits to be killed.
import { startEmulator } from '@azure-pg/emulator';

const emulator = await startEmulator({
  pooler: process.env.WITHOUT_POOLER ? false : {},
  highAvailability: true,
});
const rows = await emulator.query<{ pid: number }>(
  'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
);
process.stdout.write(
  `${JSON.stringify({ folder: emulator.folder, ports: Object.values(emulator.ports), backends: rows.map(({ pid }) => pid) })}\n`,
);
if (process.env.THEN === 'stop') await emulator.stop();
else if (process.env.THEN === 'exit') process.exit(3);
else setInterval(() => {}, 1000);
