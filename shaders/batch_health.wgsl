// What a batch says of whether a network learns or collapses, from sums over its N class rows (two views an image, next
// to each other). Writes numbers (=): [9] entropy of the mean target, nats; [10] prototypes that some row favours;
// [11] share of images whose views favour the same one; [12] mean over channels of the standard deviation (of a sample)
// of normalised features, in units of 1 / sqrt(C). One workgroup: dispatch 1. CPU twin: src/reference/health.ts
@group(0) @binding(#) var<storage, read> sums: array<f32>;     // (K and more): of targets
@group(0) @binding(#) var<storage, read> best: array<vec2u>;   // (N): x the favoured prototype, see row_largest.wgsl
@group(0) @binding(#) var<storage, read> moments: array<f32>;  // (2, 4 C4): of features, see column_moments.wgsl
@group(0) @binding(#) var<storage, read_write> numbers: array<f32>;

@compute @workgroup_size(WG)
fn batch_health(@builtin(local_invocation_index) lid: u32) {
  var entropy = 0.0;
  for (var k = lid; k < K; k += WG) {
    let q = sums[k] / f32(N);
    entropy -= select(0.0, q * log(max(q, 1e-37)), q > 0.0);
  }
  var fresh = 0.0;
  var same = 0.0;
  for (var row = lid; row < N; row += WG) {
    var before = 0u;
    while (before < row && best[before].x != best[row].x) { before++; }
    fresh += select(0.0, 1.0, before == row);
    same += select(0.0, 1.0, row % 2u == 1u && best[row].x == best[row - 1u].x);
  }
  var spread = 0.0;
  for (var c = lid; c < C; c += WG) {
    let mean = moments[c] / f32(N);
    spread += sqrt(max(0.0, moments[4u * C4 + c] / f32(N) - mean * mean));
  }
  let h = reduce_sum(entropy, lid);
  let used = reduce_sum(fresh, lid);
  let agreeing = reduce_sum(same, lid);
  let deviation = reduce_sum(spread, lid) / f32(C) * sqrt(f32(N) / f32(N - 1u));
  if (lid == 0u) {
    numbers[9] = h;
    numbers[10] = used;
    numbers[11] = agreeing / f32(N / 2u);
    numbers[12] = deviation * sqrt(f32(C));
  }
}
