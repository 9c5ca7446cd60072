import imported from 'postgres';

/** The driver's function. In CommonJS Bun gives its ES module instead, with the function in it. */
export const driverFunction: typeof imported =
  typeof imported === 'function' ? imported : (imported as { readonly default: typeof imported }).default;
