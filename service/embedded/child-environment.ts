/**
 * All that a child process sees. Nothing is inherited: PGDATA, PGOPTIONS, LD_PRELOAD or a locale of the developer's shell
 * would change how the servers behave.
 */
export const childEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C',
  LC_ALL: 'C',
  TZ: 'UTC',
} as const
