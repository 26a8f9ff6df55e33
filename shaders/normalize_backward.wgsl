// dx = (dy - y (y . dy)) / |x|, row by row. Writes dx (=). One workgroup per row: dispatch N, folded.
// CPU twin: src/reference/normalize.ts
struct Params { N: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> dy: array<vec4f>;        // (N, C4)
@group(0) @binding(#) var<storage, read> y: array<vec4f>;         // (N, C4)
@group(0) @binding(#) var<storage, read> norms: array<f32>;       // (N)
@group(0) @binding(#) var<storage, read_write> dx: array<vec4f>;  // (N, C4)

@compute @workgroup_size(WG)
fn normalize_backward(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let row = wid.x + wid.y * count.x;
  if (row >= params.N) { return; }
  var product = 0.0;
  for (var i = lid; i < C4; i += WG) { product += dot(dy[row * C4 + i], y[row * C4 + i]); }
  let along = reduce_sum(product, lid);
  for (var i = lid; i < C4; i += WG) { dx[row * C4 + i] = (dy[row * C4 + i] - y[row * C4 + i] * along) / norms[row]; }
}
