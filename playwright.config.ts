import { defineConfig } from '@playwright/test';
import { launchOptions } from './src/testing/chromium.ts';

const FIGURES = '**/figures.spec.ts';

/** The production build, behind the headers a host should send; the server chooses a free port and says which. */
export default defineConfig({
  testDir: 'e2e',
  forbidOnly: true,
  retries: 0,
  // SwiftShader computes on the processor, and compiles on one core a browser: two journeys at a time, and patience.
  workers: 2,
  projects: [
    { name: 'journeys', testIgnore: FIGURES },
    // Times, so run by themselves.
    { name: 'figures', testMatch: FIGURES },
  ],
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  webServer: {
    command: 'node scripts/glimpse.mjs start --port 0',
    wait: { stdout: /http:\/\/localhost:(?<glimpse_port>\d+)/ },
    timeout: 120_000,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 5000 },
  },
  use: {
    baseURL: `http://localhost:${process.env['GLIMPSE_PORT'] ?? ''}`,
    launchOptions: launchOptions(),
    trace: 'off',
  },
});
