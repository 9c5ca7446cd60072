#!/usr/bin/env node
import { runCommandLine } from './command-line.ts';

// A reader that goes away (| head) is not a failure.
process.stdout.on('error', () => {});
const code = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  exitCode: 0,
});
// A request that hangs (an identity endpoint that never answers) must not hold up the process once everything is said.
const exit = (): never => process.exit(code);
if (process.stdout.writableLength === 0 || process.stdout.destroyed) exit();
process.stdout.once('error', exit);
process.stdout.write('', exit);
