declare module 'pg-foreign' {
  import pg from 'pg';
  export default pg;
}
