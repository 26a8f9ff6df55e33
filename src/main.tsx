import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startTrainer } from '#app/store/store.ts';
import { App } from '#app/ui/app.tsx';
import { ErrorBoundary } from '#app/ui/common/error-boundary.tsx';
import '#app/ui/global.css';

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
