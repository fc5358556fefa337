export { currencyList, languageList, regionList, timezoneList } from './routes.ts'
