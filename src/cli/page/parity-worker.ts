import { expose } from 'comlink';
import { replay } from '#engine/ibot/replay.ts';

expose({ replay: (bytes: ArrayBuffer) => replay(bytes, {}) });
