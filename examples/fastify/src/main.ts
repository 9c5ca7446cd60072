import { createApp } from './app.ts';

const app = createApp();
// Azure's front ends reach a container on all of its addresses; the test and your own machine need the loopback alone.
const host = process.env.HOST ?? '127.0.0.1';
console.log(await app.listen({ host, port: Number(process.env.PORT ?? 3000) }));
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => app.close());
