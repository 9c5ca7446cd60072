import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import fc from 'fast-check';
import type { Behaviour, Peer } from '../hostile-server.ts';

export const password = 'canary-0123456789';

/** How an honest server would speak, before anything is done to its words. */
interface Manners {
  readonly tls: 'none' | 'refused' | 'yes';
  readonly authentication: 'none' | 'password' | 'md5' | 'scram' | 'unknown';
  /** SCRAM's rounds, salt and what follows them, as they stand in its message. */
  readonly rounds: string;
  readonly salt: string;
  readonly extension: string;
  /** Fields of an error with which it refuses instead of saying that it is ready. */
  readonly refusal: readonly string[] | undefined;
}

type Change =
  | 'flip'
  | 'set'
  | 'insert'
  | 'delete'
  | 'zeros'
  | 'truncate'
  | 'resize'
  | 'drop'
  | 'repeat'
  | 'length'
  | 'number'
  | 'type'
  | 'precede';

/** One thing that is done to one message. */
interface Tampering {
  readonly message: number;
  readonly change: Change;
  readonly at: number;
  readonly value: number;
  readonly bytes: Uint8Array;
}

/** What a server does on one connection. */
export interface Plan {
  readonly manners: Manners;
  readonly tampering: readonly Tampering[];
  /** How many bytes it writes at once, in turn; none: whole messages. */
  readonly cuts: readonly number[];
  /** After this many bytes it does so, and says nothing more. */
  readonly ending: { readonly after: number; readonly how: 'silence' | 'end' | 'reset' } | undefined;
}

const bytes = fc.uint8Array({ maxLength: 40 });
const fieldText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('', 'FATAL', '28P01', '57P03', 'no pg_hba.conf entry', '\u202e', 'x'.repeat(20_000)),
);
const manners: fc.Arbitrary<Manners> = fc.record({
  tls: fc.oneof(
    { weight: 8, arbitrary: fc.constant('none' as const) },
    { weight: 1, arbitrary: fc.constantFrom('refused' as const, 'yes' as const) },
  ),
  authentication: fc.constantFrom('none', 'password', 'md5', 'scram', 'scram', 'unknown'),
  rounds: fc.oneof(
    { weight: 5, arbitrary: fc.constant('4096') },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        '',
        '0',
        '-1',
        '1',
        '04096',
        '1e9',
        '100001',
        '2147483647',
        '4294967295',
        '9'.repeat(400),
      ),
    },
  ),
  salt: fc.oneof(
    { weight: 5, arbitrary: fc.constant('c2FsdHNhbHRzYWx0c2FsdA==') },
    { weight: 1, arbitrary: fc.constantFrom('', '=', 'AAAA'.repeat(400), 'ÄÖ', '\0') },
    { weight: 1, arbitrary: fc.base64String({ maxLength: 40 }) },
  ),
  extension: fc.oneof(
    { weight: 6, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: fc.constantFrom(',m=x', ',', '\0', ',i=1', ',r=other') },
  ),
  refusal: fc.option(
    fc.array(
      fc.tuple(fc.constantFrom(...'SVCMDHPWFLRZ'), fieldText).map(([key, text]) => key + text),
      { maxLength: 12 },
    ),
    {
      freq: 3,
      nil: undefined,
    },
  ),
});
const tampering: fc.Arbitrary<Tampering> = fc.record({
  message: fc.nat(13),
  change: fc.constantFrom<Change>(
    'flip',
    'set',
    'insert',
    'delete',
    'zeros',
    'truncate',
    'resize',
    'drop',
    'repeat',
    'length',
    'number',
    'type',
    'precede',
  ),
  at: fc.nat(200),
  value: fc.nat(0xffff),
  bytes,
});

export const plans: fc.Arbitrary<Plan> = fc.record({
  manners,
  tampering: fc.array(tampering, { maxLength: 4 }),
  cuts: fc.oneof(fc.constant([]), fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 })),
  ending: fc.option(
    fc.record({
      after: fc.nat(500),
      how: fc.constantFrom('silence' as const, 'end' as const, 'reset' as const),
    }),
    { nil: undefined },
  ),
});

const numbers = [
  0, 1, 3, 4, 5, 8, 127, 128, 255, 30_000, 30_001, 65_535, 16_000_001, 0x7fffffff, 0x80000000, 0xfffffffe,
  0xffffffff,
];

function message(type: string, ...parts: (string | Buffer | number)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === 'number' ? int32(part) : Buffer.from(part))),
  );
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const four = Buffer.alloc(4);
  four.writeUInt32BE(value >>> 0);
  return four;
}

/** Messages that a server may send, at some other moment. */
const others: readonly Buffer[] = [
  message('N', 'SNOTICE\0Mhello\0\0'),
  message('E', 'SERROR\0C42601\0Mno\0\0'),
  message('S', 'name\0value\0'),
  message('S', 'name'),
  message('K', 1, 2),
  message('K', 1),
  message('Z', 'I'),
  message('Z'),
  message('A', 1, 'channel\0payload\0'),
  message('R', 0),
  message('R', 3),
  message('R', 5, 'sa'),
  message('R', 10, 'SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0'),
  message('R', 11, 'r=x,s=eA==,i=1'),
  message('R', 12, 'e=invalid-proof'),
  message('R'),
  message('v', 0, 0),
  message('D', Buffer.from([255, 255])),
  message('T', Buffer.from([0, 1])),
  message('G', Buffer.from([0, 0, 0])),
];

function tamper(original: Buffer, { change, at, value, bytes: more }: Tampering): Buffer {
  if (original.length === 0) return original;
  const place = at % original.length;
  const before = original.subarray(0, place);
  const copy = Buffer.from(original);
  const number = numbers[value % numbers.length] as number;
  switch (change) {
    case 'flip':
      copy[place] = (copy[place] as number) ^ (1 << (value % 8));
      return copy;
    case 'set':
      copy[place] = value & 255;
      return copy;
    case 'insert':
      return Buffer.concat([before, more, original.subarray(place)]);
    case 'delete':
      return Buffer.concat([before, original.subarray(place + 1 + (value % 8))]);
    case 'zeros':
      return Buffer.concat([before, Buffer.alloc(1 + (value % 2000)), original.subarray(place)]);
    case 'truncate':
      return before;
    case 'resize': {
      const body =
        value % 2 === 0 ? original.subarray(5, Math.max(5, place)) : [...original.subarray(5), ...more];
      return message(original.toString('latin1', 0, 1), Buffer.from(body));
    }
    case 'drop':
      return Buffer.alloc(0);
    case 'repeat':
      return Buffer.concat(Array.from({ length: 2 + (value % 50) }, () => original));
    case 'length':
      if (copy.length >= 5) copy.writeUInt32BE(number, 1);
      return copy;
    case 'number':
      if (copy.length >= 4) copy.writeUInt32BE(number, Math.min(place, copy.length - 4));
      return copy;
    case 'type':
      copy[0] = 'RSKZENACDTvG1p\0'.charCodeAt(value % 15);
      return copy;
    case 'precede':
      return Buffer.concat([others[value % others.length] as Buffer, original]);
  }
}

/** Thrown where the server has ended the conversation. */
const over = Symbol('over');

/** The server's mouth: what it says is tampered with, cut, and stops where the plan says so. */
class Mouth {
  readonly #peer: Peer;
  readonly #plan: Plan;
  #messages = 0;
  #written = 0;
  #cuts = 0;

  constructor(peer: Peer, plan: Plan) {
    this.#peer = peer;
    this.#plan = plan;
  }

  async say(honest: Buffer): Promise<void> {
    const index = this.#messages++;
    let words = honest;
    for (const one of this.#plan.tampering) if (one.message === index) words = tamper(words, one);
    const { cuts, ending } = this.#plan;
    while (words.length > 0) {
      const left = ending === undefined ? Number.POSITIVE_INFINITY : ending.after - this.#written;
      const size = Math.min(words.length, left, cuts[this.#cuts++ % (cuts.length || 1)] ?? words.length);
      this.#peer.socket.write(words.subarray(0, size));
      this.#written += size;
      words = words.subarray(size);
      if (size === left) this.#end();
      if (cuts.length > 0) await new Promise((resolve) => setImmediate(resolve));
      if (this.#peer.socket.destroyed) throw over;
    }
  }

  #end(): never {
    const { socket } = this.#peer;
    if (this.#plan.ending?.how === 'end') socket.end();
    // A TLS socket has no reset of its own.
    else if (this.#plan.ending?.how === 'reset')
      'encrypted' in socket ? socket.destroy() : socket.resetAndDestroy();
    throw over;
  }
}

const mostRounds = 100_000;
const salted = new Map<string, Buffer>();
function saltedPassword(salt: string, rounds: number): Buffer {
  const key = `${salt} ${rounds}`;
  const known = salted.get(key) ?? pbkdf2Sync(password, Buffer.from(salt, 'base64'), rounds, 32, 'sha256');
  salted.set(key, known);
  return known;
}

const requests = { md5: message('R', 5, 'salt'), password: message('R', 3), unknown: message('R', 7) };

async function authenticate(
  peer: Peer,
  mouth: Mouth,
  { authentication, rounds, salt, extension }: Manners,
): Promise<void> {
  if (authentication === 'none') return;
  if (authentication !== 'scram') {
    await mouth.say(requests[authentication]);
    await peer.message();
    return;
  }
  await mouth.say(message('R', 10, 'SCRAM-SHA-256\0\0'));
  const bare = (await peer.message()).toString().replace(/^.*?(?=n=)/s, '');
  const first = `${bare.replace(/^n=,/, '')}server,s=${salt},i=${rounds}${extension}`;
  await mouth.say(message('R', 11, first));
  const final = (await peer.message()).toString();
  // What was tampered with on its way may have been answered; this server does not do that work for hours.
  if (!(Number(rounds) >= 1 && Number(rounds) <= mostRounds)) throw over;
  const key = createHmac('sha256', saltedPassword(salt, Number(rounds)))
    .update('Server Key')
    .digest();
  const said = `${bare},${first},${final.replace(/,p=.*$/, '')}`;
  await mouth.say(message('R', 12, `v=${createHmac('sha256', key).update(said).digest('base64')}`));
}

const column = (name: string): Buffer =>
  Buffer.concat([Buffer.from(`${name}\0`), int32(0), Buffer.from([0, 0]), int32(25), Buffer.alloc(8)]);
const oneColumn = message('T', Buffer.from([0, 1]), column('one'));
const oneRow = message('D', Buffer.from([0, 1]), 3, 'off');

const noParameters = message('t', Buffer.from([0, 0]));
const readyForQuery = message('Z', 'I');
const answers: Readonly<Record<string, readonly Buffer[]>> = {
  Q: [oneColumn, oneRow, message('C', 'SHOW\0'), readyForQuery],
  P: [message('1')],
  B: [message('2')],
  E: [oneRow, message('C', 'SELECT 1\0')],
  C: [message('3')],
  S: [readyForQuery],
};

/** Answers whatever is asked with one row, as an honest server would. */
async function answerQueries(peer: Peer, say: (bytes: Buffer) => Promise<void>): Promise<void> {
  for (;;) {
    const type = (await peer.read(1)).toString();
    const body = await peer.read((await peer.read(4)).readUInt32BE(0) - 4);
    if (type === 'X') peer.socket.end();
    for (const part of answers[type] ?? []) await say(part);
    if (type === 'D') await say(body[0] === 0x53 ? Buffer.concat([noParameters, oneColumn]) : oneColumn);
  }
}

/**
 * A server that follows a plan.
 *
 * @param honestAfterwards once it has said that it is ready it is an honest server: what a driver does with other answers is the driver's affair.
 */
export function hostileConversation(
  plan: () => Plan,
  certificate: { cert: string; key: string },
  honestAfterwards = false,
): Behaviour {
  return async (peer) => {
    const { manners: how, ...rest } = plan();
    const mouth = new Mouth(peer, { manners: how, ...rest });
    try {
      if (how.tls !== 'none') {
        await peer.sslRequest();
        await mouth.say(Buffer.from(how.tls === 'yes' ? 'S' : 'N'));
        if (how.tls === 'yes') await peer.handshake(certificate);
      }
      await peer.startup();
      await authenticate(peer, mouth, how);
      if (how.refusal !== undefined)
        await mouth.say(message('E', how.refusal.map((field) => `${field}\0`).join(''), '\0'));
      await mouth.say(message('R', 0));
      await mouth.say(message('S', 'server_version\x0018.0\0'));
      await mouth.say(
        message('K', 1, createHash('md5').update(String(Math.random())).digest().subarray(0, 4)),
      );
      await mouth.say(readyForQuery);
      await answerQueries(peer, async (bytes) => {
        if (honestAfterwards) peer.socket.write(bytes);
        else await mouth.say(bytes);
      });
    } catch (error) {
      if (error !== over) throw error;
    }
  };
}
