import { type NextOperation, operationNames } from './next-operations.ts';

/** One client of a cell. What a driver gets wrong after a failure depends on what it is asked first, when, and with how many connections. */
export interface Variant {
  readonly max: number;
  readonly first: NextOperation;
  /** At once: in the same turn in which the failure is reported. Later: when the servers are back and the driver has seen all. */
  readonly when: 'at once' | 'later';
}

/** What an ordinary run takes. */
export const someVariants: readonly Variant[] = [
  { max: 1, first: 'a failing statement', when: 'later' },
  { max: 1, first: 'an insert', when: 'at once' },
  { max: 1, first: 'a select', when: 'later' },
  { max: 3, first: 'an insert', when: 'later' },
];

/** All of them. */
export const allVariants: readonly Variant[] = [1, 3].flatMap((max) =>
  (['at once', 'later'] as const).flatMap((when) => operationNames.map((first) => ({ max, first, when }))),
);
