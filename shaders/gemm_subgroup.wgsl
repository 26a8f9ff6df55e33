enable subgroups;
// C = epilogue(A B) with B (K, N), or A B^T with B (N, K) where B_TRANSPOSED. A is (M, K).
// A subgroup makes ROWS rows and SG * COLUMNS quads of columns. Each lane owns COLUMNS quads and loads ROWS / TURNS rows of
// A, which then go round: after turn s, lane l multiplies row l ^ s. No shared memory, no barrier. TURNS = min(SG, ROWS).
// Writes C (=). Dispatch (ceil(N4 / (SG COLUMNS)), ceil(M / ROWS), 1), a subgroup each. CPU twin: src/reference/gemm.ts
struct Params { M: u32, a_row: u32, c_row: u32 }
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(SG)
fn gemm_subgroup(@builtin(workgroup_id) wid: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let row0 = wid.y * ROWS;
  let turn = lane % TURNS;
  #for c in 0..COLUMNS
  let column$c = (wid.x * COLUMNS + ${c}u) * SG + lane;
  let n$c = min(column$c, N4 - 1u);
  #end
  #for j in 0..ROWS/TURNS
  let ra$j = (params.a_row + min(row0 + ${j * TURNS}u + turn, params.M - 1u)) * K4;
  #end
  #for r in 0..ROWS
  #for c in 0..COLUMNS
  var acc${r}_$c = vec4f();
  #end
  #end
  for (var q = 0u; q < K4; q++) {
    #for j in 0..ROWS/TURNS
    let a$j = vec4f(a[ra$j + q]);
    #end
    #for c in 0..COLUMNS
    #if B_TRANSPOSED
    let w0_$c = vec4f(b[(4u * n$c) * K4 + q]);
    let w1_$c = vec4f(b[(4u * n$c + 1u) * K4 + q]);
    let w2_$c = vec4f(b[(4u * n$c + 2u) * K4 + q]);
    let w3_$c = vec4f(b[(4u * n$c + 3u) * K4 + q]);
    let b0_$c = vec4f(w0_$c.x, w1_$c.x, w2_$c.x, w3_$c.x);
    let b1_$c = vec4f(w0_$c.y, w1_$c.y, w2_$c.y, w3_$c.y);
    let b2_$c = vec4f(w0_$c.z, w1_$c.z, w2_$c.z, w3_$c.z);
    let b3_$c = vec4f(w0_$c.w, w1_$c.w, w2_$c.w, w3_$c.w);
    #else
    let b0_$c = vec4f(b[(4u * q) * N4 + n$c]);
    let b1_$c = vec4f(b[(4u * q + 1u) * N4 + n$c]);
    let b2_$c = vec4f(b[(4u * q + 2u) * N4 + n$c]);
    let b3_$c = vec4f(b[(4u * q + 3u) * N4 + n$c]);
    #end
    #end
    #for r in 0..ROWS
    let v$r = rotate${r % TURNS}(a${r / TURNS});
    #for c in 0..COLUMNS
    acc${r}_$c = fma(vec4f(v$r.x), b0_$c, acc${r}_$c);
    acc${r}_$c = fma(vec4f(v$r.y), b1_$c, acc${r}_$c);
    acc${r}_$c = fma(vec4f(v$r.z), b2_$c, acc${r}_$c);
    acc${r}_$c = fma(vec4f(v$r.w), b3_$c, acc${r}_$c);
    #end
    #end
  }
  // A copy that may be indexed: the epilogue is written out once a column, and the sums above stay in registers.
  var sums: array<vec4f, ROWS>;
  #for c in 0..COLUMNS
  if (column$c < N4) {
    #for r in 0..ROWS
    sums[$r] = acc${r}_$c;
    #end
    for (var r = 0u; r < ROWS; r++) {
      let row = row0 + r / TURNS * TURNS + (turn ^ (r % TURNS));
      if (row < params.M) { store_quad(params.c_row + row, n$c, sums[r]); }
    }
  }
  #end
}
