/**
 * Number of this compiler: raised whenever the same state compiles to other bytes, so that publishers send what a new release
 * makes of an unchanged mesh.
 */
export const COMPILER_BUILD = 10;
