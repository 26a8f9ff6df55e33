import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';
import { launchOptions } from './src/testing/chromium.ts';
import { ESM_DEPENDENCIES } from './vite.config.ts';

/** Tests in real Chromium on WebGPU. */
const gpuProject = (name: string, include: string[], exclude: string[]): TestProjectConfiguration => ({
    optimizeDeps: { exclude: ESM_DEPENDENCIES, include: ['umap-js'] },
    test: {
      name,
      include,
      exclude,
      setupFiles: ['src/testing/require-adapter.ts'],
      // SwiftShader computes on the processor: one file at a time, and patience.
      fileParallelism: false,
      testTimeout: 120_000,
      hookTimeout: 120_000,
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({ launchOptions: launchOptions() }),
        instances: [{ browser: 'chromium' }],
      },
    },
  });

export default defineConfig({
  test: {
    projects: [
      {
        test: { name: 'unit', environment: 'node', include: ['src/**/*.test.{ts,tsx}'], exclude: ['src/**/*.gpu.test.ts'], testTimeout: 30_000 },
      },
      gpuProject('gpu', ['src/**/*.gpu.test.ts'], ['src/**/*.long.gpu.test.ts']),
      // The kernels on Dawn in Node: run by name, where 16-bit storage or another driver is to be tested.
      {
        test: {
          name: 'dawn', environment: 'node', pool: 'forks',
          include: ['src/engine/{bench,gpu,ibot,measure,ops}/*.gpu.test.ts'],
          exclude: ['src/**/*.long.gpu.test.ts'],
          setupFiles: ['src/testing/dawn.ts', 'src/testing/require-adapter.ts'],
          // The first compile of a large kernel takes seconds on some drivers.
          fileParallelism: false, testTimeout: 600_000, hookTimeout: 600_000,
        },
      },
      // Minutes on a software adapter: run by name, not by `npm test`.
      gpuProject('long', ['src/**/*.long.gpu.test.ts'], []),
    ],
  },
});
