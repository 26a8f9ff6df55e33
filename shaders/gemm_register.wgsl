// C = A B in any of three forms without workgroup memory: TM x TN results a thread, straight from the operands.
//   A (M, K), or (K, M) where A_TRANSPOSED;  B (K, N), or (N, K) where B_TRANSPOSED.
// 8 x 8 threads a workgroup; neighbours share rows and columns, which the caches serve. K may be split over z where
// A_TRANSPOSED (weight gradients: K is the tokens).
// Writes through store_quad, or store_gradient for A_TRANSPOSED.
// Dispatch (ceil(N / (8 TN)), ceil(M / (8 TM)), splits). CPU twin: src/reference/gemm.ts
#if A_TRANSPOSED
struct Params { T: u32, share: u32, slice4: u32, a_row: u32, b_row: u32 }
#else
struct Params { M: u32, a_row: u32, c_row: u32 }
#end
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(8, 8)
fn gemm_register(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  let row0 = (wid.y * 8u + lid.y) * TM;
  #for c in 0..TN/4
  let n$c = wid.x * 2u * TN + ${8 * c}u + lid.x;
  #end
  #for r in 0..TM
  #for c in 0..TN/4
  var acc${r}_$c = vec4f();
  #end
  #end
  #if A_TRANSPOSED
  #for c in 0..TN/4
  let at$c = min(n$c, I4 - 1u);
  #end
  #for i in 0..TM/4
  let m$i = min(row0 / 4u + ${i}u, O4 - 1u);
  var total$i = vec4f();
  #end
  let end = min(params.T, (wid.z + 1u) * params.share);
  for (var t = wid.z * params.share; t < end; t++) {
    #for i in 0..TM/4
    let a$i = vec4f(a[(params.a_row + t) * O4 + m$i]);
    total$i += a$i;
    #end
    #for c in 0..TN/4
    let b$c = vec4f(b[(params.b_row + t) * I4 + at$c]);
    #for r in 0..TM
    acc${r}_$c = fma(vec4f(a${r / 4}[${r % 4}]), b$c, acc${r}_$c);
    #end
    #end
  }
  #for r in 0..TM
  #for c in 0..TN/4
  if (row0 + ${r}u < 4u * O4 && n$c < I4) { store_gradient(wid.z, row0 + ${r}u, n$c, acc${r}_$c); }
  #end
  #end
  #if BIAS
  if (wid.x == 0u && lid.x == 0u) {
    #for i in 0..TM/4
    if (row0 / 4u + ${i}u < O4) { store_bias(wid.z, row0 / 4u + ${i}u, total$i); }
    #end
  }
  #end
  #else
  #for c in 0..TN/4
  let at$c = min(n$c, N4 - 1u);
  #end
  #for r in 0..TM
  let ra$r = (params.a_row + min(row0 + ${r}u, params.M - 1u)) * K4;
  #end
  for (var q = 0u; q < K4; q++) {
    #for r in 0..TM
    let a$r = vec4f(a[ra$r + q]);
    #end
    #for c in 0..TN/4
    #if B_TRANSPOSED
    let w${c}_0 = vec4f(b[(4u * at$c) * K4 + q]);
    let w${c}_1 = vec4f(b[(4u * at$c + 1u) * K4 + q]);
    let w${c}_2 = vec4f(b[(4u * at$c + 2u) * K4 + q]);
    let w${c}_3 = vec4f(b[(4u * at$c + 3u) * K4 + q]);
    let b${c}_0 = vec4f(w${c}_0.x, w${c}_1.x, w${c}_2.x, w${c}_3.x);
    let b${c}_1 = vec4f(w${c}_0.y, w${c}_1.y, w${c}_2.y, w${c}_3.y);
    let b${c}_2 = vec4f(w${c}_0.z, w${c}_1.z, w${c}_2.z, w${c}_3.z);
    let b${c}_3 = vec4f(w${c}_0.w, w${c}_1.w, w${c}_2.w, w${c}_3.w);
    #else
    let b${c}_0 = vec4f(b[(4u * q) * N4 + at$c]);
    let b${c}_1 = vec4f(b[(4u * q + 1u) * N4 + at$c]);
    let b${c}_2 = vec4f(b[(4u * q + 2u) * N4 + at$c]);
    let b${c}_3 = vec4f(b[(4u * q + 3u) * N4 + at$c]);
    #end
    #for r in 0..TM
    acc${r}_$c = fma(vec4f(a$r.x), b${c}_0, acc${r}_$c);
    acc${r}_$c = fma(vec4f(a$r.y), b${c}_1, acc${r}_$c);
    acc${r}_$c = fma(vec4f(a$r.z), b${c}_2, acc${r}_$c);
    acc${r}_$c = fma(vec4f(a$r.w), b${c}_3, acc${r}_$c);
    #end
    #end
  }
  #for r in 0..TM
  #for c in 0..TN/4
  if (row0 + ${r}u < params.M && n$c < N4) { store_quad(params.c_row + row0 + ${r}u, n$c, acc${r}_$c); }
  #end
  #end
  #end
}
