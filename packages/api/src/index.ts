export { type Api, type ApiParts, type ApiRequestEvent, createApi } from './app.ts';
