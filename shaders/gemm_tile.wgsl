// C = A B in any of three forms, tiles of A and B in workgroup memory, TM x TN results per thread.
//   A (M, K), or (K, M) where A_TRANSPOSED;  B (K, N), or (N, K) where B_TRANSPOSED.
// Tiles are BM x BN x BK; K may be split over z (weight gradients).
// Writes through store_quad, or store_gradient for A_TRANSPOSED.
// Dispatch (ceil(N / BN), ceil(M / BM), splits). CPU twin: src/reference/gemm.ts
#if A_TRANSPOSED
struct Params { T: u32, share: u32, slice4: u32, a_row: u32, b_row: u32 }
#else
struct Params { M: u32, a_row: u32, c_row: u32 }
#end
@group(0) @binding(0) var<uniform> params: Params;

var<workgroup> tile_a: array<QuadA, BK * BM / 4u>; // [k][m / 4]
var<workgroup> tile_b: array<QuadB, BK * BN / 4u>; // [k][n / 4]
const THREADS: u32 = (BM / TM) * (BN / TN);
const COLUMNS: u32 = BN / TN; // threads across

fn transpose_rows(r: array<vec4f, 4>) -> array<vec4f, 4> {
  let m = transpose(mat4x4f(r[0], r[1], r[2], r[3]));
  return array<vec4f, 4>(m[0], m[1], m[2], m[3]);
}

// Quads per row of A, of B and of the result.
#if A_TRANSPOSED
const LDA4: u32 = O4;
const LDB4: u32 = I4;
const COLUMNS4: u32 = I4;
#else
const LDA4: u32 = K4;
#if B_TRANSPOSED
const LDB4: u32 = K4;
#else
const LDB4: u32 = N4;
#end
const COLUMNS4: u32 = N4;
#end

@compute @workgroup_size(THREADS)
fn gemm_tile(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  let row0 = wid.y * BM;
  let col0 = wid.x * BN;
  let tx = lid % COLUMNS;
  let ty = lid / COLUMNS;
  #for r in 0..TM
  #for c in 0..TN/4
  var acc${r}_$c = vec4f();
  #end
  #end
  #for i in 0..TM/4
  var total$i = vec4f();
  #end
  #if A_TRANSPOSED
  let rows = 4u * O4;
  let end = min(params.T, (wid.z + 1u) * params.share);
  for (var k0 = wid.z * params.share; k0 < end; k0 += BK) {
  #else
  let rows = params.M;
  let end = 4u * K4;
  for (var step = 0u; step < (4u * K4 + BK - 1u) / BK; step++) {
    let k0 = step * BK;
  #end
    #if A_TRANSPOSED
    for (var i = lid; i < BK * BM / 4u; i += THREADS) {
      let k = k0 + i / (BM / 4u);
      let m4 = row0 / 4u + i % (BM / 4u);
      var v = vec4f();
      if (k < end && m4 < LDA4) { v = vec4f(a[(params.a_row + k) * LDA4 + m4]); }
      tile_a[i] = QuadA(v);
    }
    #else
    for (var i = lid; i < (BM / 4u) * (BK / 4u); i += THREADS) {
      let k4 = i % (BK / 4u);
      let m4 = i / (BK / 4u);
      var quads = array<vec4f, 4>();
      for (var j = 0u; j < 4u; j++) {
        let m = row0 + 4u * m4 + j;
        if (m < params.M && k0 / 4u + k4 < LDA4) { quads[j] = vec4f(a[(params.a_row + m) * LDA4 + k0 / 4u + k4]); }
      }
      let t = transpose_rows(quads);
      for (var j = 0u; j < 4u; j++) { tile_a[(4u * k4 + j) * (BM / 4u) + m4] = QuadA(t[j]); }
    }
    #end
    #if B_TRANSPOSED
    for (var i = lid; i < (BN / 4u) * (BK / 4u); i += THREADS) {
      let k4 = i % (BK / 4u);
      let n4 = i / (BK / 4u);
      var quads = array<vec4f, 4>();
      for (var j = 0u; j < 4u; j++) {
        let n = col0 + 4u * n4 + j;
        if (n < 4u * COLUMNS4 && k0 / 4u + k4 < LDB4) { quads[j] = vec4f(b[n * LDB4 + k0 / 4u + k4]); }
      }
      let t = transpose_rows(quads);
      for (var j = 0u; j < 4u; j++) { tile_b[(4u * k4 + j) * (BN / 4u) + n4] = QuadB(t[j]); }
    }
    #else
    for (var i = lid; i < BK * BN / 4u; i += THREADS) {
      let k = k0 + i / (BN / 4u);
      let n4 = col0 / 4u + i % (BN / 4u);
      var v = vec4f();
      #if A_TRANSPOSED
      if (k < end && n4 < COLUMNS4) { v = vec4f(b[(params.b_row + k) * LDB4 + n4]); }
      #else
      if (k < end && n4 < COLUMNS4) { v = vec4f(b[k * LDB4 + n4]); }
      #end
      tile_b[i] = QuadB(v);
    }
    #end
    workgroupBarrier();
    for (var k = 0u; k < BK; k++) {
      #for i in 0..TM/4
      let a$i = vec4f(tile_a[k * (BM / 4u) + ty * (TM / 4u) + ${i}u]);
      total$i += a$i;
      #end
      #for c in 0..TN/4
      let b$c = vec4f(tile_b[k * (BN / 4u) + tx + ${c}u * COLUMNS]);
      #end
      #for r in 0..TM
      #for c in 0..TN/4
      acc${r}_$c = fma(vec4f(a${r / 4}[${r % 4}]), b$c, acc${r}_$c);
      #end
      #end
    }
    workgroupBarrier();
  }
  #for r in 0..TM
  #for c in 0..TN/4
  {
    let row = row0 + ty * TM + ${r}u;
    let n4 = col0 / 4u + tx + ${c}u * COLUMNS;
    if (row < rows && n4 < COLUMNS4) {
      #if A_TRANSPOSED
      store_gradient(wid.z, row, n4, acc${r}_$c);
      #else
      store_quad(params.c_row + row, n4, acc${r}_$c);
      #end
    }
  }
  #end
  #end
  #if A_TRANSPOSED
  #if BIAS
  if (col0 == 0u && tx == 0u) {
    #for i in 0..TM/4
    if (row0 / 4u + ty * (TM / 4u) + ${i}u < LDA4) { store_bias(wid.z, row0 / 4u + ty * (TM / 4u) + ${i}u, total$i); }
    #end
  }
  #end
  #end
}
