/** A thread's sums in peak_fma.wgsl: four chains' worth of v a + b, `times` times over, summed over the chains. */
export function fmaChains(thread: number, chains: number, times: number, a: number, b: number): [number, number, number, number] {
  const end = (v: number): number => {
    for (let i = 0; i < times; i++) v = v * a + b;
    return v;
  };
  let last = 0;
  for (let c = 0; c < chains; c++) last += end(c);
  return [chains * end(thread % 64), chains * end(1), chains * end(2), last];
}
