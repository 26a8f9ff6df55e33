import { wrap } from 'comlink';
import type { Config } from '#contract/config.ts';
import type { ProfileReport } from '#contract/profile.ts';
import { failureOf, outcome } from './page.ts';

interface ProfileApi { profile(config: Config): Promise<ProfileReport> }

window.glimpseProfile = config => {
  const worker = new Worker(new URL('./profile-worker.ts', import.meta.url), { type: 'module' });
  return outcome(Promise.race([wrap<ProfileApi>(worker).profile(config), failureOf(worker)]));
};
