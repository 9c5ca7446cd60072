import { afterAll, beforeAll, describe } from 'vitest';
import { type ContractAdapter, everything, type Toggles } from './adapter.ts';
import { describeEnding } from './clauses/ending.ts';
import { describeErrors } from './clauses/errors.ts';
import { describeOpening } from './clauses/opening.ts';
import { describeOutcomes } from './clauses/outcomes.ts';
import { describeRestarts } from './clauses/restarts.ts';
import { describeSecrets } from './clauses/secrets.ts';
import { describeSslModes } from './clauses/ssl-modes.ts';
import { describeTokens } from './clauses/tokens.ts';
import { describeTransactions } from './clauses/transactions.ts';
import { describeTruth } from './clauses/truth/describe-truth.ts';
import { describeTypes } from './clauses/types.ts';
import { LateContext } from './context.ts';
import { startStand } from './stand.ts';

/**
 * Holds an adapter to the contract: describes all of its tests in vitest.
 *
 * @param name the name shown in the tests' names.
 * @param adapterFile a module whose default export is a {@link ContractAdapter}. A file, because some tests run it in a process of its own.
 * @param toggles what the driver cannot do.
 */
export function describeAdapter(name: string, adapterFile: URL, toggles: Partial<Toggles> = {}): void {
  describe(`${name} keeps the contract`, () => {
    const context = new LateContext(adapterFile, { ...everything, ...toggles });
    beforeAll(async () => {
      const [module, stand] = await Promise.all([
        import(/* @vite-ignore */ adapterFile.href) as Promise<{ default: ContractAdapter }>,
        startStand(),
      ]);
      context.come(module.default, stand);
    });
    afterAll(async () => {
      await context.stand.stop();
    });

    describeOpening(context);
    describeTypes(context);
    describeTransactions(context);
    describeErrors(context);
    describeSslModes(context);
    describeTokens(context);
    describeSecrets(context);
    describeEnding(context);
    describeRestarts(context);
    describeOutcomes(context);
    describeTruth(context);
  });
}
