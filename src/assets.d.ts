/// <reference types="vite/types/importMeta.d.ts" />
/** Files that Vite turns into modules. */
declare module '*.wgsl?raw' {
  const source: string;
  export default source;
}
declare module '*.module.css' {
  const classes: Readonly<Record<string, string>>;
  export default classes;
}
declare module '*.css' {}
declare module '*.svg' {
  const url: string;
  export default url;
}
declare module '*?url' {
  const url: string;
  export default url;
}
