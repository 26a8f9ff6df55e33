import { expose } from 'comlink';
import { profileConfig } from '#engine/measure/profile.ts';

expose({ profile: profileConfig });
