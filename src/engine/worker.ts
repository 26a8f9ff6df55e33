import { expose } from 'comlink';
import { ownScript } from '#lib/own-script.ts';
import { TrainerService } from './run/service.ts';

interface TrustedTypes { createPolicy(name: string, rules: { createScriptURL: (address: string) => string }): unknown }

// Where the policy requires trusted types, it does so here as in the page (`app/lockdown.ts`): decoders are workers of this one.
(globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy('default', { createScriptURL: address => ownScript(address, location.href) });

expose(new TrainerService());
