export { dataset } from './routes.ts'
