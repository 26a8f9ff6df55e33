// y = x / max(|x|, 1e-12), row by row. Writes y (=) and norms (=). One workgroup per row: dispatch N, folded.
// CPU twin: src/reference/normalize.ts
struct Params { N: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> x: array<vec4f>;           // (N, C4)
@group(0) @binding(#) var<storage, read_write> y: array<vec4f>;     // (N, C4)
@group(0) @binding(#) var<storage, read_write> norms: array<f32>;   // (N)

@compute @workgroup_size(WG)
fn normalize_forward(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let row = wid.x + wid.y * count.x;
  if (row >= params.N) { return; }
  var square = 0.0;
  for (var i = lid; i < C4; i += WG) { square += dot(x[row * C4 + i], x[row * C4 + i]); }
  let norm = max(sqrt(reduce_sum(square, lid)), 1e-12);
  for (var i = lid; i < C4; i += WG) { y[row * C4 + i] = x[row * C4 + i] / norm; }
  if (lid == 0u) { norms[row] = norm; }
}
