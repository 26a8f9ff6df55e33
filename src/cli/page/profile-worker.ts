import { expose } from 'comlink';
import { profileConfig } from '#engine/ibot/profile.ts';

expose({ profile: profileConfig });
