// Backward of W = g v / |v|: dg = dW . v / |v| and dv = (g / |v|) (dW - v (dW . v) / |v|^2), row by row.
// Writes dv, dg (+=). One workgroup per prototype: dispatch K. CPU twin: src/reference/weight-norm.ts
@group(0) @binding(#) var<storage, read> dw: array<vec4f>;         // (4 K4, C4)
@group(0) @binding(#) var<storage, read> v: array<vec4f>;          // (4 K4, C4)
@group(0) @binding(#) var<storage, read> g: array<f32>;            // (4 K4)
@group(0) @binding(#) var<storage, read_write> dv: array<vec4f>;   // (4 K4, C4)
@group(0) @binding(#) var<storage, read_write> dg: array<f32>;     // (4 K4)

@compute @workgroup_size(WG)
fn weight_norm_backward(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let row = wid.x + wid.y * count.x;
  if (row >= K) { return; }
  var square = 0.0;
  var product = 0.0;
  for (var i = lid; i < C4; i += WG) {
    square += dot(v[row * C4 + i], v[row * C4 + i]);
    product += dot(dw[row * C4 + i], v[row * C4 + i]);
  }
  let norm = sqrt(reduce_sum(square, lid));
  let along = reduce_sum(product, lid);
  let scale = g[row] / norm;
  for (var i = lid; i < C4; i += WG) {
    dv[row * C4 + i] += scale * (dw[row * C4 + i] - v[row * C4 + i] * (along / (norm * norm)));
  }
  if (lid == 0u) { dg[row] += along / norm; }
}
