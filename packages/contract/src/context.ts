import { afterEach } from 'vitest';
import type { ContractAdapter, ContractClient, OpenInput, Toggles } from './adapter.ts';
import type { Stand } from './stand.ts';

/** What the clauses share: the adapter under test and the servers. */
export interface Context {
  readonly adapter: ContractAdapter;
  readonly adapterFile: URL;
  readonly stand: Stand;
  readonly toggles: Toggles;
  /** Opens a client that ends with the test. */
  open(input?: Partial<OpenInput>): Promise<ContractClient>;
  openBare(): Promise<ContractClient>;
  sqlState(error: unknown): unknown;
}

/** A context whose adapter and servers come later, in `beforeAll`; the tests are described before that. */
export class LateContext implements Context {
  readonly adapterFile: URL;
  readonly toggles: Toggles;
  #adapter: ContractAdapter | undefined;
  #stand: Stand | undefined;
  readonly #clients: ContractClient[] = [];

  constructor(adapterFile: URL, toggles: Toggles) {
    this.adapterFile = adapterFile;
    this.toggles = toggles;
    afterEach(async () => {
      await Promise.all(this.#clients.splice(0).map((client) => client.end()));
    });
  }

  come(adapter: ContractAdapter, stand: Stand): void {
    this.#adapter = adapter;
    this.#stand = stand;
  }

  get adapter(): ContractAdapter {
    if (this.#adapter === undefined) throw new Error('The adapter has not been loaded');
    return this.#adapter;
  }

  get stand(): Stand {
    if (this.#stand === undefined) throw new Error('The servers have not been started');
    return this.#stand;
  }

  async open(input: Partial<OpenInput> = {}): Promise<ContractClient> {
    const client = await this.adapter.open({ url: undefined, options: {}, max: undefined, ...input });
    return this.#keep(client);
  }

  async openBare(): Promise<ContractClient> {
    if (this.adapter.openBare === undefined) throw new Error('The adapter has no openBare()');
    return this.#keep(await this.adapter.openBare(this.stand.plainServer()));
  }

  sqlState(error: unknown): unknown {
    return this.adapter.sqlState === undefined
      ? (error as { code?: unknown }).code
      : this.adapter.sqlState(error);
  }

  #keep(client: ContractClient): ContractClient {
    let ended: Promise<void> | undefined;
    const kept = { ...client, end: () => (ended ??= client.end()) };
    this.#clients.push(kept);
    return kept;
  }
}
