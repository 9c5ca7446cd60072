import type { PrismaPg } from '@prisma/adapter-pg';

type Adapter = Awaited<ReturnType<PrismaPg['connect']>>;

/** Types of PostgreSQL's catalogs. */
const charType = 18;
const nameType = 19;
const textType = 25;
/** Prisma's `ColumnTypeEnum.Character`. */
const character = 6;

/**
 * Makes an adapter read PostgreSQL's catalogs, as Prisma's schema engine must: it knows neither `"char"` nor (before 7) `name`, and gives up
 * with "Column type 'char' could not be deserialized".
 */
export function readsCatalogs(adapter: Adapter): Adapter {
  const pool = adapter.underlyingDriver();
  const { queryRaw } = adapter;
  adapter.queryRaw = async (query) => {
    const characters: number[] = [];
    const client = {
      async query(config: object) {
        const result = await pool.query<unknown[]>(config as never);
        for (const [index, field] of result.fields.entries()) {
          if (field.dataTypeID === charType) characters.push(index);
          if (field.dataTypeID === charType || field.dataTypeID === nameType) field.dataTypeID = textType;
        }
        return result;
      },
    };
    const set = await queryRaw.call(Object.create(adapter, { client: { value: client } }), query);
    for (const index of characters) set.columnTypes[index] = character;
    return set;
  };
  return adapter;
}
