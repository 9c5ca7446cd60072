import { type Emulator, type Identity, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TokenCredential } from '../../src/connection/token-credential.ts';
import { openConnection } from '../../src/open/open-connection.ts';
import { resolveConnection } from '../../src/settings/resolve/resolve-connection.ts';

// Real PostgreSQL behind a gateway that judges tokens as Azure does.
let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
});
afterAll(() => emulator.stop());

interface Counting extends TokenCredential {
  requests: number;
}

/** The n-th token has the n-th lifetime, as the server sees it; the credential always says that it lives for an hour. */
function credentialOf(identity: Identity | undefined, ...lifetimes: number[]): Counting {
  return {
    requests: 0,
    async getToken(scope) {
      const own = identity === undefined ? {} : { identity };
      if (!String(scope).includes('ossrdbms')) return emulator.entra.credential(own).getToken(scope);
      const lifetime = lifetimes[Math.min(this.requests, lifetimes.length - 1)] ?? 3600;
      this.requests++;
      const token = await emulator.entra.issueToken({ lifetime, ...own });
      return { token, expiresOnTimestamp: Date.now() + 3_600_000 };
    },
  };
}

async function connect(url: string, credential: TokenCredential): Promise<string> {
  const { socket, user } = await openConnection(resolveConnection(url, { credential }, {}));
  socket.destroy();
  return user;
}

it('a token that the server finds expired is replaced within the same connect', async () => {
  const credential = credentialOf(undefined, -10, 3600);
  expect(await connect(emulator.url, credential)).toBe('local-app');
  expect(credential.requests).toBe(2);
});

it('many connects that are refused the same token fetch one new one together', async () => {
  const credential = credentialOf(undefined, -10, 3600);
  const users = await Promise.all(Array.from({ length: 30 }, () => connect(emulator.url, credential)));
  expect(new Set(users)).toEqual(new Set(['local-app']));
  expect(credential.requests).toBe(2);
});

it('a role that does not fit is refused without a storm of requests for tokens', async () => {
  const stranger = await emulator.createIdentity({ name: 'stranger', role: false });
  const credential = credentialOf(stranger, 3600);
  for (let round = 0; round < 3; round++) {
    const all = await Promise.allSettled(
      Array.from({ length: 10 }, () => connect(`${emulator.url}&user=local-app`, credential)),
    );
    for (const one of all) {
      expect(one).toMatchObject({
        status: 'rejected',
        reason: { code: 'SERVER_REFUSED', serverError: { code: '28P01' } },
      });
    }
  }
  expect(credential.requests).toBe(2);
});
