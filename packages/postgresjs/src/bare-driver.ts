import type driver from 'postgres';

/** A copy of the driver: its function, with all that it has. */
export type Driver = typeof driver;

/** Under this name the function that `register` puts in the place of the driver's keeps the driver's. */
export const bare: unique symbol = Symbol.for('@azure-pg/postgresjs.bare');

/** The driver itself, also where a function of ours is in its place. */
export const bareDriver = (given: Driver): Driver => (given as { [bare]?: Driver })[bare] ?? given;
