import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Modules already, so Vite needn't bundle them: one found late would reload the page under a test or a run. */
export const ESM_DEPENDENCIES = ['@zip.js/zip.js', 'comlink', 'pure-rand'];

/** Cross-origin isolation: exact clocks and shared memory. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/**
 * What a host of the built page should send: nothing may be loaded from or sent to anywhere else, so the images
 * can't leave the machine. Not for `vite dev`, whose hot reload needs inline scripts, styles and a socket.
 */
export const PRODUCTION_HEADERS = {
  ...ISOLATION,
  'Content-Security-Policy': [
    "default-src 'none'", "script-src 'self'", "worker-src 'self'", "connect-src 'self'", "img-src 'self' blob: data:",
    "style-src 'self'", "font-src 'self'", "manifest-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

export default defineConfig({
  // A wrong address is a 404, not the page.
  appType: 'mpa',
  plugins: [react()],
  worker: { format: 'es' },
  optimizeDeps: {
    exclude: ESM_DEPENDENCIES,
    include: ['react', 'react/jsx-runtime', 'react/jsx-dev-runtime', 'react-dom/client', 'uplot', 'zustand'],
  },
  build: {
    target: 'es2023',
    sourcemap: true,
    // The content security policy allows no inline script, and fonts and styles only from files.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  server: { headers: ISOLATION },
  preview: { headers: PRODUCTION_HEADERS },
});
