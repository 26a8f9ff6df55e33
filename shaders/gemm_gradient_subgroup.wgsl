enable subgroups;
// Weight gradient A^T B: A (T, O) is the output's gradient, B (T, I) the input, summed over T tokens.
// A subgroup owns 4*SG rows of the result and SG quads of columns; split z sums its share of the tokens.
// Dispatch (ceil(I4 / SG), ceil(O4 / SG), splits). CPU twin: src/reference/gemm.ts
struct Params { T: u32, share: u32, O4: u32, I4: u32, slice4: u32, a_row: u32, b_row: u32 }
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(SG)
fn gemm_gradient_subgroup(@builtin(workgroup_id) wid: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let o4 = min(wid.y * SG + lane, params.O4 - 1u);
  let column = wid.x * SG + lane;
  let i4 = min(column, params.I4 - 1u);
  #for r in 0..4*SG
  var acc$r = vec4f();
  #end
  var total = vec4f();
  let end = min(params.T, (wid.z + 1u) * params.share);
  for (var t = wid.z * params.share; t < end; t++) {
    let av = a[(params.a_row + t) * params.O4 + o4];
    let bv = b[(params.b_row + t) * params.I4 + i4];
    total += av;
    #for j in 0..SG
    let v$j = subgroupBroadcast(av, ${j}u);
    acc${4 * j} = fma(vec4f(v$j.x), bv, acc${4 * j});
    acc${4 * j + 1} = fma(vec4f(v$j.y), bv, acc${4 * j + 1});
    acc${4 * j + 2} = fma(vec4f(v$j.z), bv, acc${4 * j + 2});
    acc${4 * j + 3} = fma(vec4f(v$j.w), bv, acc${4 * j + 3});
    #end
  }
  #if BIAS
  if (wid.x == 0u && wid.y * SG + lane < params.O4) { store_bias(wid.z, o4, total); }
  #end
  if (column < params.I4) {
    #for r in 0..4*SG
    if (wid.y * 4u * SG + ${r}u < 4u * params.O4) { store_gradient(wid.z, wid.y * 4u * SG + ${r}u, i4, acc$r); }
    #end
  }
}
