export { type Api, type ApiParts, type ApiRequestEvent, createApi, type ServerRefusal } from './app.ts';
