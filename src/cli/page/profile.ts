import { wrap } from 'comlink';
import type { Config } from '#contract/config.ts';
import { failureOf, outcome } from './page.ts';
import type { StepProfile } from './protocol.ts';

interface ProfileApi { profile(config: Config): Promise<StepProfile> }

window.glimpseProfile = config => {
  const worker = new Worker(new URL('./profile-worker.ts', import.meta.url), { type: 'module' });
  return outcome(Promise.race([wrap<ProfileApi>(worker).profile(config), failureOf(worker)]));
};
