import type { LiveOptions } from './driver-socket.ts';
import type { InstanceState } from './instance-state.ts';
import type { Pipeline } from './pipeline.ts';
import type { Cancel, Query } from './query.ts';

export type Call = (...values: never[]) => unknown;

/** `sql`, or the one of a transaction or a reserved connection. */
export interface Scope {
  (...values: never[]): unknown;
  unsafe: Call;
  file: Call;
  notify: Call;
  begin?: Call;
  savepoint?: Call;
  reserve?: () => Promise<Scope>;
  release?: () => void;
}

/**
 * Looks at a query before it is sent; gives the error with which it is rejected instead, or a promise of that, for which the query waits.
 *
 * @param inTransaction whether it runs in a transaction, or may: who reserves a connection may begin one by hand.
 */
export type Refuse = (text: string, inTransaction: boolean) => Refusal | Promise<Refusal>;
type Refusal = Error | undefined;

/** What all scopes of an instance share. */
export interface Watch {
  readonly state: InstanceState;
  /** The driver's own, as it reads them. */
  readonly options: LiveOptions;
  readonly refuse: Refuse | undefined;
  /** A pooler stands between, or may. */
  readonly pooled: boolean;
  /** Looks at what the driver does with a query's fields. */
  readonly watchFields: (query: Query) => void;
  /** How much may be sent to a connection at once. */
  readonly pipeline: Pipeline;
  /** Milliseconds that a query may take; 0: any time. */
  readonly queryTimeout: number;
  /** The instance's own `notify`, which is that of all its scopes. */
  notify?: Call;
  /** Cancels queries of all its scopes. */
  cancel?: Cancel;
}
