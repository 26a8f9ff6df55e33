import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { ISOLATION, PRODUCTION_HEADERS } from './src/build/policy.ts';
import { shell } from './src/build/shell.ts';

/** Modules already, so Vite needn't bundle them: one found late would reload the page under a test or a run. */
export const ESM_DEPENDENCIES = ['@zip.js/zip.js', 'comlink', 'pure-rand'];

export default defineConfig({
  // A wrong address is a 404, not the page.
  appType: 'mpa',
  // The built page works in any folder of a host.
  base: './',
  plugins: [react(), shell()],
  worker: { format: 'es' },
  optimizeDeps: {
    exclude: ESM_DEPENDENCIES,
    include: ['react', 'react/jsx-runtime', 'react/jsx-dev-runtime', 'react-dom/client', 'umap-js', 'uplot', 'zustand'],
  },
  build: {
    target: 'es2023',
    sourcemap: true,
    // The content security policy allows no inline script, and fonts and styles only from files.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  server: { headers: ISOLATION },
  // Vite sends CORS headers to other local pages unless told not to.
  preview: { headers: PRODUCTION_HEADERS, cors: false },
});
