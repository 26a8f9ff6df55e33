// Prototypes W = g v / |v|, row by row; the padding rows beyond K become 0. Writes w (=).
// One workgroup per ROWS rows: dispatch ceil(4 K4 / ROWS), folded. A row is read once and kept in registers (KEEP) unless it is very long.
// K prototypes, C4 quads of the bottleneck. CPU twin: src/reference/weight-norm.ts
@group(0) @binding(#) var<storage, read> v: array<vec4f>;         // (4 K4, C4)
@group(0) @binding(#) var<storage, read> g: array<f32>;           // (4 K4)
@group(0) @binding(#) var<storage, read_write> w: array<vec4f>;   // (4 K4, C4)

@compute @workgroup_size(WG)
fn weight_norm_forward(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let first = (wid.x + wid.y * count.x) * ROWS;
  for (var row = first; row < min(4u * K4, first + ROWS); row++) {
    let base = row * C4;
    var square = vec4f();
    #if KEEP
    #for j in 0..QUADS
    let i$j = row_quad(${j}u, lid);
    #if WHOLE
    let v$j = v[base + i$j];
    #else
    let v$j = select(vec4f(), v[base + min(i$j, C4 - 1u)], i$j < C4);
    #end
    square = fma(v$j, v$j, square);
    #end
    #else
    for (var i = lid; i < C4; i += WG) {
      let a = v[base + i];
      square = fma(a, a, square);
    }
    #end
    let norm = sqrt(reduce_sum(square.x + square.y + square.z + square.w, lid));
    let scale = g[row] / norm;
    #if KEEP
    #for j in 0..QUADS
    #if WHOLE
    w[base + i$j] = select(vec4f(), v$j * scale, row < K);
    #else
    if (i$j < C4) { w[base + i$j] = select(vec4f(), v$j * scale, row < K); }
    #end
    #end
    #else
    for (var i = lid; i < C4; i += WG) { w[base + i] = select(vec4f(), v[base + i] * scale, row < K); }
    #end
  }
}
