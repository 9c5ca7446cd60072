// The namespace of postgres 3.4.0 has no ISql yet. Where skipLibCheck is on, ours is `any` there; here it stands in, so that the rest is checked.
import 'postgres';

declare module 'postgres' {
  interface ISql<T extends Record<string, unknown> = Record<never, never>> {}
}
