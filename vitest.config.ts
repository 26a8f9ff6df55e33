import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';
import { launchOptions } from './src/testing/chromium.ts';
import { ESM_DEPENDENCIES } from './vite.config.ts';

const LONG = 'src/**/*.long.gpu.test.ts';
const STEPS = 'src/engine/{bench,ibot,measure}/!(*.long).gpu.test.ts';

interface Part { name: string; include: string[]; exclude: string[] }

/** Tests in real Chromium on WebGPU, a browser for each part, all at once. */
const gpuProject = (name: string, parts: Part[]): TestProjectConfiguration => ({
    optimizeDeps: { exclude: ESM_DEPENDENCIES, include: ['umap-js'] },
    test: {
      name,
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
        instances: parts.map(part => ({ browser: 'chromium', ...part })),
      },
    },
  });

export default defineConfig({
  test: {
    projects: [
      {
        test: { name: 'unit', environment: 'node', include: ['src/**/*.test.{ts,tsx}'], exclude: ['src/**/*.gpu.test.ts'], testTimeout: 30_000 },
      },
      // Compiling takes most of the time, on one core a browser: two parts of about the same length.
      gpuProject('gpu', [
        { name: 'gpu, steps', include: [STEPS], exclude: [] },
        { name: 'gpu, the rest', include: ['src/**/*.gpu.test.ts'], exclude: [STEPS, LONG] },
      ]),
      // The kernels on Dawn in Node: run by name, where 16-bit storage or another driver is to be tested.
      {
        test: {
          name: 'dawn', environment: 'node', pool: 'forks',
          include: ['src/engine/{bench,gpu,ibot,measure,ops}/*.gpu.test.ts'],
          exclude: [LONG],
          setupFiles: ['src/testing/dawn.ts', 'src/testing/require-adapter.ts'],
          // The first compile of a large kernel takes seconds on some drivers.
          fileParallelism: false, testTimeout: 600_000, hookTimeout: 600_000,
        },
      },
      // Minutes on a software adapter: run by name, not by `npm test`.
      gpuProject('long', [{ name: 'long, in Chromium', include: [LONG], exclude: [] }]),
    ],
  },
});
