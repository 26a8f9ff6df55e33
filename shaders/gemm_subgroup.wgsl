enable subgroups;
// C = epilogue(A B) with B (K, N), or A B^T with B (N, K) where B_TRANSPOSED. A is (M, K).
// Each lane owns a quad of columns of B; the subgroup loads ROWS rows of A together and broadcasts
// them lane by lane. No shared memory, no barrier. One subgroup per workgroup.
// Writes C (=). Dispatch (ceil(N4 / SG), ceil(M / ROWS), 1). CPU twin: src/reference/gemm.ts
struct Params { M: u32, N4: u32, K4: u32, a_row: u32, c_row: u32 }
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(SG)
fn gemm_subgroup(@builtin(workgroup_id) wid: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let row0 = wid.y * ROWS;
  let column = wid.x * SG + lane;
  let n4 = min(column, params.N4 - 1u);
  #for j in 0..ROWS/SG
  let ra$j = (params.a_row + min(row0 + ${j}u * SG + lane, params.M - 1u)) * params.K4;
  #end
  #for r in 0..ROWS
  var acc$r = vec4f();
  #end
  for (var q = 0u; q < params.K4; q++) {
    #for j in 0..ROWS/SG
    let a$j = a[ra$j + q];
    #end
    #if B_TRANSPOSED
    let w0 = b[(4u * n4) * params.K4 + q];
    let w1 = b[(4u * n4 + 1u) * params.K4 + q];
    let w2 = b[(4u * n4 + 2u) * params.K4 + q];
    let w3 = b[(4u * n4 + 3u) * params.K4 + q];
    let b0 = vec4f(w0.x, w1.x, w2.x, w3.x);
    let b1 = vec4f(w0.y, w1.y, w2.y, w3.y);
    let b2 = vec4f(w0.z, w1.z, w2.z, w3.z);
    let b3 = vec4f(w0.w, w1.w, w2.w, w3.w);
    #else
    let b0 = b[(4u * q) * params.N4 + n4];
    let b1 = b[(4u * q + 1u) * params.N4 + n4];
    let b2 = b[(4u * q + 2u) * params.N4 + n4];
    let b3 = b[(4u * q + 3u) * params.N4 + n4];
    #end
    #for r in 0..ROWS
    let v$r = subgroupBroadcast(a${r / SG}, ${r % SG}u);
    acc$r = fma(vec4f(v$r.w), b3, fma(vec4f(v$r.z), b2, fma(vec4f(v$r.y), b1, fma(vec4f(v$r.x), b0, acc$r))));
    #end
  }
  if (column < params.N4) {
    #for r in 0..ROWS
    if (row0 + ${r}u < params.M) { store_quad(params.c_row + row0 + ${r}u, n4, acc$r); }
    #end
  }
}
