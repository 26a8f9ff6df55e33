import { Button } from '#app/ui/common/button.tsx';
import css from './app.module.css';

/** In place of everything else where nothing can be computed: what is missing, and what to do. */
export function Unsupported({ reason }: { reason: string }) {
  return (
    <main className={css.unsupported}>
      <h2>Glimpse needs WebGPU, and can&rsquo;t reach it here</h2>
      <p className={css.why}>{reason}</p>
      <h3>What to do</h3>
      <ul>
        <li><b>Use a browser that has WebGPU:</b> Chrome or Edge 127 or later, Safari 26 or later, Firefox 141 or later on Windows and 145 or later on a Mac.</li>
        <li><b>Turn on hardware acceleration:</b> in Chrome under Settings, System, &ldquo;Use graphics acceleration when available&rdquo;, then restart the browser.</li>
        <li><b>See what the browser says:</b> open <code>chrome://gpu</code> in a new tab and look for the line &ldquo;WebGPU&rdquo;. An outdated graphics driver is often the cause.</li>
        <li><b>Open the page over https or from localhost:</b> browsers keep WebGPU from other addresses.</li>
      </ul>
      <Button kind="primary" onClick={() => { location.reload(); }}>Try again</Button>
    </main>
  );
}
