// Listens, and is then too busy to accept: once the backlog is full, the kernel drops further SYNs, as a firewall does.
import { writeSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

if (isMainThread) {
  const server = createServer();
  server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
    const { port } = server.address();
    new Worker(new URL(import.meta.url), { workerData: port });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 120_000);
  });
} else {
  const fill = Array.from({ length: 6 }, () => connect(workerData, '127.0.0.1'));
  for (const socket of fill) socket.on('error', () => {});
  let connected = 0;
  for (const socket of fill) {
    socket.once('connect', () => {
      connected += 1;
    });
  }
  // The backlog is full when no further connection comes up.
  let before = -1;
  const timer = setInterval(() => {
    if (connected !== before || connected === 0) {
      before = connected;
      return;
    }
    clearInterval(timer);
    // The main thread, which owns process.stdout, is asleep.
    writeSync(1, `${workerData}\n`);
  }, 300);
}
