import { lazy, Suspense, useEffect } from 'react';
import { toFailure } from '#app/store/client.ts';
import { useStore } from '#app/store/store.ts';
import { ChartsPanel } from './charts/charts-panel.tsx';
import { Alerts } from './common/alerts.tsx';
import { Panel } from './common/panel.tsx';
import { useThemeAttribute } from './common/theme.ts';
import { VersionNote } from './common/version-note.tsx';
import css from './app.module.css';
import { DataPanel } from './data/data-panel.tsx';
import { DropTarget } from './data/drop-target.tsx';
import { HealthPanel } from './health/health-panel.tsx';
import { Header } from './header.tsx';
import { InsightPanel } from './insight/insight-panel.tsx';
import { Guide } from './run/guide.tsx';
import { isUnsaved, useCloseGuard } from './run/close-guard.ts';
import { useKeyboard } from './run/keyboard.ts';
import { RunBar } from './run/run-bar.tsx';
import { RunPanel } from './run/run-panel.tsx';
import { useSaveWhenHidden } from './run/save-when-hidden.ts';
import { useWakeLock } from './run/wake-lock.ts';
import { ResumeOffer } from './runs/resume-offer.tsx';
import { RunsPanel } from './runs/runs-panel.tsx';
import { SetupPanel } from './setup/setup-panel.tsx';
import { Unsupported } from './unsupported.tsx';

/** Not needed to begin with, so loaded after the page, which goes on without it. */
const PerformancePanel = lazy(() => import('./performance/performance-panel.tsx')
  .then(m => ({ default: m.PerformancePanel }), () => ({ default: () => <NotLoaded title="Performance" /> })));

const EvaluatePanel = lazy(() => import('./evaluate/evaluate-panel.tsx')
  .then(m => ({ default: m.EvaluatePanel }), () => ({ default: () => <NotLoaded title="What it knows" /> })));

function NotLoaded({ title }: { title: string }) {
  return <Panel title={title}><p>This part of the page could not be loaded. Everything else works; reload the page to try again.</p></Panel>;
}

export function App() {
  const device = useStore(s => s.device);
  useThemeAttribute();
  useUncaught();
  return (
    <div className={css.page}>
      <Header />
      <Alerts />
      <VersionNote />
      {device && !device.ok && <Unsupported reason={device.reason} />}
      {(!device || device.ok) && <Workbench software={device?.software ?? false} />}
    </div>
  );
}

/** There before the GPU has answered, which takes a moment: images can be chosen meanwhile, and what needs it waits. */
function Workbench({ software }: { software: boolean }) {
  useKeyboard();
  useCloseGuard(useStore(isUnsaved));
  useSaveWhenHidden();
  useWakeLock(useStore(s => s.runState === 'preparing' || s.runState === 'training'));
  useTitle();
  return (
    <main>
      <RunBar />
      {software && (
        <p className={css.software}>No GPU is in use: the processor computes in its place. Everything works, about a hundred times slower. Turn on hardware acceleration in the browser&rsquo;s settings if this machine has a GPU.</p>
      )}
      <ResumeOffer />
      <Guide />
      <div className={css.bench}>
        <div className={css.inputs}><DataPanel /><SetupPanel /></div>
        <RunPanel />
        <div className={css.insight}><InsightPanel /></div>
        <div className={css.curves}><HealthPanel /><ChartsPanel /><Suspense><EvaluatePanel /></Suspense><RunsPanel /><Suspense><PerformancePanel /></Suspense></div>
      </div>
      <DropTarget />
    </main>
  );
}

/** The tab tells how far a run is, also from behind others. */
function useTitle(): void {
  const title = useStore(s => {
    if (s.runState !== 'training' || !s.latest || !s.runConfig) return 'Glimpse';
    return `${Math.floor((100 * s.latest.step) / s.runConfig.steps)} % · Glimpse`;
  });
  useEffect(() => { document.title = title; }, [title]);
}

/** What nobody caught is shown like any other failure. */
function useUncaught(): void {
  const addFailure = useStore(s => s.addFailure);
  useEffect(() => {
    const error = (event: ErrorEvent) => {
      // Browsers report a resize observer that needs a second frame as an error. It is none.
      if (!event.message.startsWith('ResizeObserver loop')) addFailure(toFailure(event.error ?? event.message));
    };
    const rejection = (event: PromiseRejectionEvent) => { addFailure(toFailure(event.reason)); };
    window.addEventListener('error', error);
    window.addEventListener('unhandledrejection', rejection);
    return () => {
      window.removeEventListener('error', error);
      window.removeEventListener('unhandledrejection', rejection);
    };
  }, [addFailure]);
}
