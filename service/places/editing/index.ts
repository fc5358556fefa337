export { cityRevisions, correctionDetail } from './routes.ts'
