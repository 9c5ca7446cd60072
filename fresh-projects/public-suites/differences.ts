/** Files that must give something else with our classes in the place of pg's, and why. Under `register` there is no such file. */
export const differences: Readonly<Record<string, string>> = {};
