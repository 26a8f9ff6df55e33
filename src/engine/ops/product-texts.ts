/** The WGSL of everything that products are made of: what was measured holds as long as none of it changes. */
const texts = import.meta.glob<string>(['/shaders/gemm*.wgsl', '/shaders/gradient_sum.wgsl', '/shaders/shared/*.wgsl'], { query: '?raw', import: 'default', eager: true });

/** By path, in the order of the paths. */
export const PRODUCT_TEXTS: readonly (readonly [path: string, text: string])[] = Object.entries(texts).sort(([a], [b]) => a < b ? -1 : 1);
