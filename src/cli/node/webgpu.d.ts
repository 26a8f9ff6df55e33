/** What is used of the package webgpu, which only the benchmark in Node installs. */
declare module 'webgpu' {
  export const globals: Record<string, unknown>;
  export function create(flags: string[]): GPU;
}
