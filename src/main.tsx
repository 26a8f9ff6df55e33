import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { lockDown } from '#app/lockdown.ts';
import { keepOffline } from '#app/store/offline.ts';
import { startTrainer } from '#app/store/store.ts';
import { App } from '#app/ui/app.tsx';
import { ErrorBoundary } from '#app/ui/common/error-boundary.tsx';
import '#app/ui/global.css';

lockDown();
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element with the id "root" to draw the page in.');
createRoot(root).render(
  <StrictMode>
    <ErrorBoundary>
      <App />
    </ErrorBoundary>
  </StrictMode>,
);
void startTrainer();
// The development server has no service worker, whose caches would hide what is edited.
if (import.meta.env.PROD) void keepOffline();
