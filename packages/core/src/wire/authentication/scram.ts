import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { AzurePgError } from '../../errors/azure-pg-error.ts';
import { saslPrep } from './saslprep.ts';

/**
 * How the TLS channel is bound into the exchange (RFC 5802, 6): not at all ("n": we cannot; "y": we could, but the server did not
 * offer it), or by the server's certificate.
 */
export type ScramBinding = { readonly flag: 'n' | 'y' } | { readonly flag: 'p'; readonly data: Buffer };

/** The minimum of RFC 7677, which is what PostgreSQL asks for by default. */
const leastIterations = 4096;

/** How many rounds a server may ask for. */
export interface ScramRounds {
  /** More would keep this machine's threads busy; 0: as many as the server likes. */
  readonly most: number;
  /**
   * The server was verified. Of any other, fewer rounds than the minimum are refused: they make the password cheap to guess for anyone who
   * pretends to be the server. A verified one may have been set up so (scram_iterations).
   */
  readonly verified: boolean;
}

const derive = promisify(pbkdf2);

/** The client's side of one SCRAM-SHA-256 exchange: RFC 5802, RFC 7677. The password itself is never sent. */
export class ScramClient {
  readonly #password: string;
  readonly #header: string;
  readonly #bound: Buffer;
  readonly #rounds: ScramRounds;
  readonly #nonce: string;
  #serverSignature: Buffer | undefined;

  constructor(
    password: string,
    binding: ScramBinding,
    rounds: ScramRounds,
    nonce: string = randomBytes(18).toString('base64'),
  ) {
    this.#password = password;
    this.#rounds = rounds;
    this.#header = binding.flag === 'p' ? 'p=tls-server-end-point,,' : `${binding.flag},,`;
    const data = binding.flag === 'p' ? binding.data : Buffer.alloc(0);
    this.#bound = Buffer.concat([Buffer.from(this.#header), data]);
    this.#nonce = nonce;
  }

  /** client-first-message. PostgreSQL takes the user's name from the startup message and wants it empty here. */
  first(): string {
    return this.#header + this.#firstBare;
  }

  get #firstBare(): string {
    return `n=,r=${this.#nonce}`;
  }

  /** client-final-message, in answer to server-first-message. */
  async final(serverFirst: string): Promise<string> {
    const match = /^r=([\x21-\x2b\x2d-\x7e]+),s=([A-Za-z0-9+/]+={0,2}),i=([1-9][0-9]{0,9})$/.exec(
      serverFirst,
    );
    if (match === null) throw broken('a SCRAM message that cannot be read');
    const [, nonce, salt, count] = match as unknown as [string, string, string, string];
    if (!nonce.startsWith(this.#nonce) || nonce.length === this.#nonce.length) {
      throw broken('a SCRAM nonce that is not ours');
    }
    const iterations = Number(count);
    const { most, verified } = this.#rounds;
    if (most > 0 && iterations > most) {
      throw broken(`${count} SCRAM iterations, more than scram_max_iterations (${most})`);
    }
    if (iterations < leastIterations && !verified) {
      throw broken(`${count} SCRAM iterations, fewer than ${leastIterations}, and was not verified`);
    }
    const salted = await derive(
      saslPrep(this.#password),
      Buffer.from(salt, 'base64'),
      iterations,
      32,
      'sha256',
    );
    const clientKey = hmac(salted, 'Client Key');
    const storedKey = createHash('sha256').update(clientKey).digest();
    const withoutProof = `c=${this.#bound.toString('base64')},r=${nonce}`;
    const message = `${this.#firstBare},${serverFirst},${withoutProof}`;
    const signature = hmac(storedKey, message);
    const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] as number)));
    this.#serverSignature = hmac(hmac(salted, 'Server Key'), message);
    return `${withoutProof},p=${proof.toString('base64')}`;
  }

  /** Whether the server knows the password too: it may not only pretend to have checked it. */
  verify(serverFinal: string): void {
    const given = /^v=([A-Za-z0-9+/]+={0,2})$/.exec(serverFinal)?.[1];
    const expected = this.#serverSignature;
    const bytes = Buffer.from(given ?? '', 'base64');
    if (expected === undefined || bytes.length !== expected.length || !timingSafeEqual(bytes, expected)) {
      throw broken('a SCRAM signature that proves nothing: it does not know the password');
    }
  }
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function broken(what: string): AzurePgError {
  return new AzurePgError('PROTOCOL_VIOLATION', `The server sent ${what}`, {
    hint: 'What answered may not be your server; check the host, and use sslmode=verify-full.',
  });
}
