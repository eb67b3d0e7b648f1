export { COMPILER_BUILD } from './build.ts';
export { type Compiled, compile, type Since, type Work } from './compile.ts';
export { createPublisher, type PublishEvent, type Publisher, type PublisherParts, type PublishResult } from './publish.ts';
