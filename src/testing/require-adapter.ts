/** Runs before every GPU test file: without an adapter it fails, rather than passing without having tested anything. */
const adapter = await navigator.gpu?.requestAdapter();
if (!adapter) {
  throw new Error('Chromium gave no WebGPU adapter, so no GPU test can run. Expected SwiftShader at least: use a full Chrome or Chromium 121 or newer, not the headless shell (CHROME_PATH chooses one).');
}
export const required = true;
