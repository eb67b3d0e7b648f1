export { meshStateOf, type WrittenResource } from './meshState.ts';
