import driver from 'postgres';

/** The driver's function. In CommonJS Bun gives its ES module instead, with the function in it. */
export const driverFunction: typeof driver =
  typeof driver === 'function' ? driver : (driver as { readonly default: typeof driver }).default;
