/** Runs before every GPU test file: without an adapter it fails, rather than passing without having tested anything. */
const adapter = await navigator.gpu?.requestAdapter();
if (!adapter) {
  throw new Error('There is no WebGPU adapter, so no GPU test can run. In Chromium expected SwiftShader at least: use a full Chrome or Chromium 121 or newer, not the headless shell (CHROME_PATH chooses one). In Node a Vulkan, Metal or D3D12 driver.');
}
export const required = true;
