import type { Session } from '@azure-pg/core';
import { type ArrayType, arrayTypesQuery, registerArrayTypes } from './driver-faults/array-types.ts';
import type { LiveOptions } from './driver-faults/driver-socket.ts';

/** Milliseconds after which a new connection asks again: a migration may have made a type. */
const knownFor = 60_000;

interface Known {
  readonly types: Promise<readonly ArrayType[]>;
  readonly until: number;
}

/**
 * The array types of the servers that an instance connects to (the driver's option `fetch_types`). Each server is asked once by the first
 * connection, before the driver has it, and again by one that is opened a minute later; connections that are opened meanwhile wait for that
 * answer.
 */
export class LearnedTypes {
  readonly #known: Map<string, Known> = new Map();

  /** @throws AzurePgError when the server does not answer; the next connection asks again. */
  async learn(session: Session, options: LiveOptions): Promise<void> {
    const { host, hostaddr, port } = session.transport.target.host;
    const server = JSON.stringify([host, hostaddr, port]);
    const known = this.#known.get(server);
    if (known !== undefined && known.until > performance.now()) {
      // Where the other one fails, this one has a session of its own to ask.
      const types = await known.types.catch(() => undefined);
      if (types !== undefined) return registerArrayTypes(options, types);
    }
    const types = askFor(session);
    const asked = { types, until: performance.now() + knownFor };
    this.#known.set(server, asked);
    try {
      registerArrayTypes(options, await types);
    } catch (error) {
      if (this.#known.get(server) === asked) this.#known.delete(server);
      throw error;
    }
  }
}

async function askFor(session: Session): Promise<readonly ArrayType[]> {
  const results = await session.query(arrayTypesQuery);
  return (results.at(-1)?.rows ?? []).map(([element, array]) => ({
    element: Number(element),
    array: Number(array),
  }));
}
