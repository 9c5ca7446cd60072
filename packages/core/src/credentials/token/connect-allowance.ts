/**
 * Milliseconds that signing in may take: the life a token must still have where nothing shorter is said. Azure's servers end a sign-in
 * after 30 s (authentication_timeout, which is fixed there).
 */
export const connectAllowance = 30_000;
