// y = x / max(|x|, 1e-12), row by row. Writes y (=) and norms (=). One workgroup per ROWS rows: dispatch ceil(N / ROWS), folded.
// A row is read once and kept in registers (KEEP) unless it is very long. CPU twin: src/reference/normalize.ts
struct Params { N: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> x: array<vec4f>;           // (N, C4)
@group(0) @binding(#) var<storage, read_write> y: array<vec4f>;     // (N, C4)
@group(0) @binding(#) var<storage, read_write> norms: array<f32>;   // (N)

@compute @workgroup_size(WG)
fn normalize_forward(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let first = (wid.x + wid.y * count.x) * ROWS;
  for (var row = first; row < min(params.N, first + ROWS); row++) {
    let base = row * C4;
    var square = vec4f();
    #if KEEP
    #for j in 0..QUADS
    let i$j = row_quad(${j}u, lid);
    #if WHOLE
    let v$j = x[base + i$j];
    #else
    let v$j = select(vec4f(), x[base + min(i$j, C4 - 1u)], i$j < C4);
    #end
    square = fma(v$j, v$j, square);
    #end
    #else
    for (var i = lid; i < C4; i += WG) {
      let v = x[base + i];
      square = fma(v, v, square);
    }
    #end
    let norm = max(sqrt(reduce_sum(square.x + square.y + square.z + square.w, lid)), 1e-12);
    #if KEEP
    #for j in 0..QUADS
    #if WHOLE
    y[base + i$j] = v$j / norm;
    #else
    if (i$j < C4) { y[base + i$j] = v$j / norm; }
    #end
    #end
    #else
    for (var i = lid; i < C4; i += WG) { y[base + i] = x[base + i] / norm; }
    #end
    if (lid == 0u) { norms[row] = norm; }
  }
}
