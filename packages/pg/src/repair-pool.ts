import type pg from 'pg';
import { freeBrokenSlots } from './free-broken-slots.ts';
import { lendAlive } from './lend-alive.ts';
import { serveBeforeEnd } from './serve-before-end.ts';
import { sharedByCopies } from './shared-by-copies.ts';

const repaired = sharedByCopies('repaired', () => new WeakSet<object>());

/**
 * Fixes what loses slots and answers in a pool of pg's: a lent client whose connection is gone frees its slot, no connection is
 * lent that is dead or leads to a server that has changed, and the pool ends only when those who wait are served. Pools of ours have it; this is for one that an ORM made with `poolConfig()`.
 */
export function repairPool(pool: pg.Pool): void {
  if (repaired.has(pool)) return;
  repaired.add(pool);
  freeBrokenSlots(pool);
  lendAlive(pool);
  serveBeforeEnd(pool);
}
