enable subgroups;
// Weight gradient A^T B: A (T, O) is the output's gradient, B (T, I) the input, summed over T tokens.
// A subgroup makes TURNS quads of rows of the result and SG quads of columns; the rows go round as in gemm_subgroup.wgsl.
// Split z sums its share of the tokens, STRIDE at a time.
// Writes through store_gradient. Dispatch (ceil(I4 / SG), ceil(O4 / TURNS), splits). CPU twin: src/reference/gemm.ts
struct Params { T: u32, share: u32, slice4: u32, a_row: u32, b_row: u32 }
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(SG)
fn gemm_gradient_subgroup(@builtin(workgroup_id) wid: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let turn = lane % TURNS;
  let o4 = min(wid.y * TURNS + turn, O4 - 1u);
  let column = wid.x * SG + lane;
  let i4 = min(column, I4 - 1u);
  #for r in 0..4*TURNS
  var acc$r = vec4f();
  #end
  var total = vec4f();
  let end = min(params.T, (wid.z + 1u) * params.share);
  for (var t = wid.z * params.share; t < end; t += STRIDE) {
    #for u in 0..STRIDE
    #if STRIDED
    let there$u = t + ${u}u < end;
    let at$u = select(t, t + ${u}u, there$u);
    let av$u = select(vec4f(), vec4f(a[(params.a_row + at$u) * O4 + o4]), there$u);
    let bv$u = vec4f(b[(params.b_row + at$u) * I4 + i4]);
    #else
    let av$u = vec4f(a[(params.a_row + t) * O4 + o4]);
    let bv$u = vec4f(b[(params.b_row + t) * I4 + i4]);
    #end
    total += av$u;
    #for s in 0..TURNS
    let v${s}_$u = rotate$s(av$u);
    acc${4 * s} = fma(vec4f(v${s}_$u.x), bv$u, acc${4 * s});
    acc${4 * s + 1} = fma(vec4f(v${s}_$u.y), bv$u, acc${4 * s + 1});
    acc${4 * s + 2} = fma(vec4f(v${s}_$u.z), bv$u, acc${4 * s + 2});
    acc${4 * s + 3} = fma(vec4f(v${s}_$u.w), bv$u, acc${4 * s + 3});
    #end
    #end
  }
  #if BIAS
  if (wid.x == 0u && lane < TURNS && wid.y * TURNS + lane < O4) { store_bias(wid.z, o4, total); }
  #end
  if (column >= I4) { return; }
  #for s in 0..TURNS
  let o4_$s = wid.y * TURNS + (turn ^ ${s}u);
  if (o4_$s < O4) {
    #for e in 0..4
    store_gradient(wid.z, 4u * o4_$s + ${e}u, i4, acc${4 * s + e});
    #end
  }
  #end
}
