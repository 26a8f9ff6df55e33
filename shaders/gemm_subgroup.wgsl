enable subgroups;
// C = epilogue(A B) with B (K, N), or A B^T with B (N, K) where B_TRANSPOSED. A is (M, K).
// A subgroup makes ROWS rows and SG quads of columns. Each lane owns a quad of columns and loads ROWS / TURNS rows of A,
// which then go round: after turn s, lane l multiplies row l ^ s. No shared memory, no barrier. TURNS = min(SG, ROWS).
// Writes C (=). Dispatch (ceil(N4 / SG), ceil(M / ROWS), 1), one subgroup a workgroup. CPU twin: src/reference/gemm.ts
struct Params { M: u32, a_row: u32, c_row: u32 }
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(SG)
fn gemm_subgroup(@builtin(workgroup_id) wid: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let row0 = wid.y * ROWS;
  let turn = lane % TURNS;
  let column = wid.x * SG + lane;
  let n4 = min(column, N4 - 1u);
  #for j in 0..ROWS/TURNS
  let ra$j = (params.a_row + min(row0 + ${j * TURNS}u + turn, params.M - 1u)) * K4;
  #end
  #for r in 0..ROWS
  var acc$r = vec4f();
  #end
  for (var q = 0u; q < K4; q++) {
    #for j in 0..ROWS/TURNS
    let a$j = vec4f(a[ra$j + q]);
    #end
    #if B_TRANSPOSED
    let w0 = vec4f(b[(4u * n4) * K4 + q]);
    let w1 = vec4f(b[(4u * n4 + 1u) * K4 + q]);
    let w2 = vec4f(b[(4u * n4 + 2u) * K4 + q]);
    let w3 = vec4f(b[(4u * n4 + 3u) * K4 + q]);
    let b0 = vec4f(w0.x, w1.x, w2.x, w3.x);
    let b1 = vec4f(w0.y, w1.y, w2.y, w3.y);
    let b2 = vec4f(w0.z, w1.z, w2.z, w3.z);
    let b3 = vec4f(w0.w, w1.w, w2.w, w3.w);
    #else
    let b0 = vec4f(b[(4u * q) * N4 + n4]);
    let b1 = vec4f(b[(4u * q + 1u) * N4 + n4]);
    let b2 = vec4f(b[(4u * q + 2u) * N4 + n4]);
    let b3 = vec4f(b[(4u * q + 3u) * N4 + n4]);
    #end
    #for r in 0..ROWS
    let v$r = rotate${r % TURNS}(a${r / TURNS});
    acc$r = fma(vec4f(v$r.x), b0, acc$r);
    acc$r = fma(vec4f(v$r.y), b1, acc$r);
    acc$r = fma(vec4f(v$r.z), b2, acc$r);
    acc$r = fma(vec4f(v$r.w), b3, acc$r);
    #end
  }
  // A copy that may be indexed: the epilogue is written out once, and the sums above stay in registers.
  var sums: array<vec4f, ROWS>;
  #for r in 0..ROWS
  sums[$r] = acc$r;
  #end
  if (column >= N4) { return; }
  for (var r = 0u; r < ROWS; r++) {
    let row = row0 + r / TURNS * TURNS + (turn ^ (r % TURNS));
    if (row < params.M) { store_quad(params.c_row + row, n4, sums[r]); }
  }
}
