// The oldest supported pg, installed beside the newest, is typed as the newest is.
declare module 'pg-oldest' {
  export { default } from 'pg';
}
