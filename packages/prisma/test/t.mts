import { startEmulator } from '@azure-pg/emulator';
import { execFile } from 'node:child_process';
const emulator = await startEmulator({ host: 'localhost', pooler: { adversarial: true } });
const url = `postgresql://localhost:${emulator.ports.pooled}/postgres?auth=entra&sslmode=verify-full&sslrootcert=${encodeURIComponent(emulator.ca.file)}&pool_mode=transaction&direct_port=${emulator.ports.direct}&schema=other`;
const env = { ...process.env, ...emulator.env, DATABASE_URL: url, NODE_OPTIONS: '--conditions=@azure-pg/source', CHECKPOINT_DISABLE: '1', PRISMA_SCHEMA_ENGINE_BINARY: '/work/main/packages/prisma/test/project/engine.mjs', ENGINE_LOG: '/tmp/dp/engine.json' };
for (const cmd of [['migrate','deploy'],['generate','--no-hints'],['validate']])
await new Promise((r) => execFile(process.execPath, ['/work/main/packages/prisma/node_modules/prisma/build/index.js', ...cmd], { cwd: '/work/main/packages/prisma/test/project', env }, (e, o, er) => { console.log(cmd.join(' '), e?.code, o, er); r(0); }));
await emulator.stop();
