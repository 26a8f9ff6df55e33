import type { Config } from '#contract/config.ts';
import { gridOf } from '#engine/model/parameters.ts';

const MOST_AT_ONCE = 32;
/** Tokens encoded at once: no buffer of a batch gets near what every device binds. */
const MOST_TOKENS = 8192;

/** Pictures that a pass over many encodes at once. */
export const batchOf = (config: Config): number => Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(MOST_TOKENS / (1 + gridOf(config) ** 2))));
