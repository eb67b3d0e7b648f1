export { checkHistories } from './histories.ts';
export { meshStateOf, type WrittenResource } from './meshState.ts';
export { randomMesh } from './randomMesh.ts';
export { readBack } from './readBack.ts';
export { type ProxyResources, referenceProblems } from './references.ts';
