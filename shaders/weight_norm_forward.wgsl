// Prototypes W = g v / |v|, row by row; the padding rows beyond K become 0. Writes w (=).
// One workgroup per row: dispatch 4 K4. K prototypes, C4 quads of the bottleneck. CPU twin: src/reference/weight-norm.ts
@group(0) @binding(#) var<storage, read> v: array<vec4f>;         // (4 K4, C4)
@group(0) @binding(#) var<storage, read> g: array<f32>;           // (4 K4)
@group(0) @binding(#) var<storage, read_write> w: array<vec4f>;   // (4 K4, C4)

@compute @workgroup_size(WG)
fn weight_norm_forward(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let row = wid.x + wid.y * count.x;
  if (row >= 4u * K4) { return; }
  var square = 0.0;
  for (var i = lid; i < C4; i += WG) { square += dot(v[row * C4 + i], v[row * C4 + i]); }
  let norm = sqrt(reduce_sum(square, lid));
  for (var i = lid; i < C4; i += WG) {
    w[row * C4 + i] = select(vec4f(), v[row * C4 + i] * (g[row] / norm), row < K);
  }
}
