// dx = (dy - y (y . dy)) / |x|, row by row. Writes dx (=). One workgroup per ROWS rows: dispatch ceil(N / ROWS), folded.
// A row is read once and kept in registers (KEEP) unless it is very long. CPU twin: src/reference/normalize.ts
struct Params { N: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> dy: array<vec4f>;        // (N, C4)
@group(0) @binding(#) var<storage, read> y: array<vec4f>;         // (N, C4)
@group(0) @binding(#) var<storage, read> norms: array<f32>;       // (N)
@group(0) @binding(#) var<storage, read_write> dx: array<vec4f>;  // (N, C4)

@compute @workgroup_size(WG)
fn normalize_backward(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let first = (wid.x + wid.y * count.x) * ROWS;
  for (var row = first; row < min(params.N, first + ROWS); row++) {
    let base = row * C4;
    var product = vec4f();
    #if KEEP
    #for j in 0..QUADS
    let i$j = row_quad(${j}u, lid);
    #if WHOLE
    let g$j = dy[base + i$j];
    let v$j = y[base + i$j];
    #else
    let g$j = select(vec4f(), dy[base + min(i$j, C4 - 1u)], i$j < C4);
    let v$j = y[base + min(i$j, C4 - 1u)];
    #end
    product = fma(g$j, v$j, product);
    #end
    #else
    for (var i = lid; i < C4; i += WG) { product = fma(dy[base + i], y[base + i], product); }
    #end
    let along = reduce_sum(product.x + product.y + product.z + product.w, lid);
    let norm = norms[row];
    #if KEEP
    #for j in 0..QUADS
    #if WHOLE
    dx[base + i$j] = (g$j - v$j * along) / norm;
    #else
    if (i$j < C4) { dx[base + i$j] = (g$j - v$j * along) / norm; }
    #end
    #end
    #else
    for (var i = lid; i < C4; i += WG) { dx[base + i] = (dy[base + i] - y[base + i] * along) / norm; }
    #end
  }
}
