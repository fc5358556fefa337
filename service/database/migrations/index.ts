import { Initial } from './initial.ts'

/** In the order they run. The name is what the database remembers: never change one that has shipped. */
export const migrations = [{ name: '0001-initial', class: Initial }]
