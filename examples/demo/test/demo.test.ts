import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Emulator, pgbouncerAvailable, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../demo.ts', import.meta.url));
const { available: pooler } = await pgbouncerAvailable();

async function demo(args: string[], env: NodeJS.ProcessEnv): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, ['--conditions=@azure-pg/source', program, ...args], {
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}

it.skipIf(!pooler && !process.env.CI)('a newcomer sees the main job done on a local Azure', async () => {
  const { code, output } = await demo([], {});
  expect(output).toContain('signed in as         │ local-app');
  expect(output.match(/verified \(verify-full\)/g)).toHaveLength(4);
  expect(output).not.toContain('NOT verified');
  expect(output).toMatch(/tokens requested +│ 2 +│ 0 /);
  expect(output).toMatch(/named statements +│ on +│ off/);
  expect(output).toMatch(/session 2 opened, with a token of its own +tokens: 2/);
  expect(output).toMatch(/wrong host name\n +HOST_NAME_MISMATCH: .+\n +→ \S/);
  expect(output).toMatch(/unknown CA\n +CERTIFICATE_NOT_TRUSTED: .+\n +→ \S/);
  expect(code).toBe(0);
});

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
});
afterAll(() => emulator?.stop());

it('the same against a server of their own, and nothing but its own address is needed', async () => {
  const { code, output } = await demo([emulator.url], emulator.env);
  expect(output).toContain('signed in as         │ local-app');
  expect(output).toContain('HOST_NAME_MISMATCH');
  expect(output).toContain('CERTIFICATE_NOT_TRUSTED');
  expect(code).toBe(0);
});
