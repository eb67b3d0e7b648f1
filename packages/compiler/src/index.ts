export { COMPILER_BUILD } from './build.ts';
export { type Compiled, compile, type Encoding } from './compile.ts';
export { createPublisher, type PublishEvent, type Publisher, type PublisherParts, type PublishResult } from './publish.ts';
