import type { PoolConfig } from './options.ts';

/**
 * pg's `ConnectionParameters`, or a copy of it, which programs give instead of a config, as a config. What pg itself has put there was
 * not given by the user: false, 0 and the empty string stand for "not given".
 */
export function withoutFillings(config: PoolConfig): PoolConfig {
  if (!('isDomainSocket' in config)) return config;
  const { isDomainSocket: _, ...given } = config as PoolConfig & { isDomainSocket: boolean };
  const told = Object.entries(given).filter(([name, value]) => value || name === 'keepalives');
  return { ...Object.fromEntries(told), password: config.password || undefined };
}
