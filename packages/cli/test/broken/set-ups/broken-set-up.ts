import type { Stand } from '../stand.ts';

/** A set-up that is broken in one way. */
export interface BrokenSetUp {
  readonly name: string;
  /** The cause that the doctor must name. */
  readonly doctor: string;
  /** What explainError says of the error of connecting, where a lone error cannot tell as much. Default: the same. */
  readonly explained?: string | undefined;
  readonly make: (stand: Stand) => Promise<Made> | Made;
}

interface Made {
  readonly url: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly after?: () => unknown;
}
