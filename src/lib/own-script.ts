/** Throws TypeError for an address of another origin. */
export function ownScript(address: string, base: string): string {
  const url = new URL(address, base);
  if (url.origin !== new URL(base).origin || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(`A script was to be loaded from ${url.href}. Glimpse loads scripts from its own address alone.`);
  }
  return url.href;
}
