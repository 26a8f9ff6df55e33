// Backward of W = g v / |v|: dg = dW . v / |v| and dv = (g / |v|) (dW - v (dW . v) / |v|^2), row by row.
// Writes dv, dg (+=). One workgroup per ROWS prototypes: dispatch ceil(K / ROWS), folded.
// A row is read once and kept in registers (KEEP) unless it is very long. CPU twin: src/reference/weight-norm.ts
@group(0) @binding(#) var<storage, read> dw: array<vec4f>;         // (4 K4, C4)
@group(0) @binding(#) var<storage, read> v: array<vec4f>;          // (4 K4, C4)
@group(0) @binding(#) var<storage, read> g: array<f32>;            // (4 K4)
@group(0) @binding(#) var<storage, read_write> dv: array<vec4f>;   // (4 K4, C4)
@group(0) @binding(#) var<storage, read_write> dg: array<f32>;     // (4 K4)

@compute @workgroup_size(WG)
fn weight_norm_backward(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let first = (wid.x + wid.y * count.x) * ROWS;
  for (var row = first; row < min(K, first + ROWS); row++) {
    let base = row * C4;
    var square = vec4f();
    var product = vec4f();
    #if KEEP
    #for j in 0..QUADS
    let i$j = row_quad(${j}u, lid);
    #if WHOLE
    let v$j = v[base + i$j];
    let d$j = dw[base + i$j];
    #else
    let v$j = select(vec4f(), v[base + min(i$j, C4 - 1u)], i$j < C4);
    let d$j = dw[base + min(i$j, C4 - 1u)];
    #end
    square = fma(v$j, v$j, square);
    product = fma(d$j, v$j, product);
    #end
    #else
    for (var i = lid; i < C4; i += WG) {
      let a = v[base + i];
      square = fma(a, a, square);
      product = fma(dw[base + i], a, product);
    }
    #end
    let norm = sqrt(reduce_sum(square.x + square.y + square.z + square.w, lid));
    let along = reduce_sum(product.x + product.y + product.z + product.w, lid);
    let scale = g[row] / norm;
    let back = along / (norm * norm);
    #if KEEP
    #for j in 0..QUADS
    #if WHOLE
    dv[base + i$j] += scale * (d$j - v$j * back);
    #else
    if (i$j < C4) { dv[base + i$j] += scale * (d$j - v$j * back); }
    #end
    #end
    #else
    for (var i = lid; i < C4; i += WG) { dv[base + i] += scale * (dw[base + i] - v[base + i] * back); }
    #end
    if (lid == 0u) { dg[row] += along / norm; }
  }
}
