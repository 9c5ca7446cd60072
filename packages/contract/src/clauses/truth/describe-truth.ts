import { afterAll, beforeAll, describe, type TestContext, test } from 'vitest';
import type { Context } from '../../context.ts';
import { runCell } from './cell.ts';
import { type Cell, cellsOf, isPrivate, missingFor } from './cells.ts';
import { TruthStand, truthRoutes } from './truth-stand.ts';
import { allVariants, someVariants } from './variants.ts';
import { worksWithoutFailure } from './works-without-failure.ts';

const long = process.env.AZURE_PG_LONG_TESTS === '1';

/**
 * Every answer is true, after any failure. An ordinary run meets each failure in its most telling state, directly and through one pooler ('slow': through the pooler);
 * with `AZURE_PG_LONG_TESTS=1` in every state, by every route, with every operation next.
 */
export function describeTruth(context: Context): void {
  const routes = long ? [...truthRoutes.ordinary, ...truthRoutes.long] : truthRoutes.ordinary;
  const { truth, pooler } = context.toggles;
  // The driver below an ORM shows the direct route; what an ORM adds shows on any.
  const pooledAlone = truth === 'slow' && !long;
  const wanted = routes.filter(({ pooled }) => (pooled ? pooler : !pooledAlone || !pooler));
  describe.runIf(truth).each(wanted)('truth, $name', { tags: truth === 'slow' ? ['slow'] : [] }, (route) => {
    let stand: TruthStand;
    beforeAll(async () => {
      stand = await TruthStand.start(route);
      await worksWithoutFailure(context.adapter, stand);
    });
    afterAll(async () => {
      await stand[Symbol.asyncDispose]();
    });

    const run = async (cell: Cell, { skip, task }: TestContext): Promise<void> => {
      const missing = missingFor(cell, context.adapter, stand);
      if (missing !== undefined) skip(missing);
      const patience = (task.timeout * 2) / 3;
      const { reserves = false } = context.adapter;
      const variants = (long ? allVariants : someVariants).filter(
        ({ first }) => first !== 'a reserved query' || reserves,
      );
      const findings = await runCell(cell, context.adapter, stand, variants, patience);
      if (findings.length === 0) return;
      // In the message, which every report has in full.
      throw new Error(
        ['Untrue:', ...findings.map(({ untruth, detail }) => `${untruth}: ${detail}`)].join('\n'),
      );
    };
    const cells = cellsOf(route, long);
    // All variants of several cells at once would be more than the server takes.
    const beside = long ? test : test.concurrent;
    beside.for(cells.filter((cell) => isPrivate(cell)))('$failure, $state', run);
    test.for(cells.filter((cell) => !isPrivate(cell)))('$failure, $state', run);
  });
}
