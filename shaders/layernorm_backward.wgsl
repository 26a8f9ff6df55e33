// LayerNorm backward, input gradient: dx = rstd * (g - mean(g) - xhat * mean(g * xhat)), g = dy * weight,
// plus the gradient that reached x past the norm (ADD). Writes dx (=, padding 0).
// One workgroup per row: dispatch N, folded. CPU twin: src/reference/layernorm.ts
struct Params { N: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> dy: array<vec4f>;        // (N, C4)
@group(0) @binding(#) var<storage, read> x: array<vec4f>;         // (N, C4)
@group(0) @binding(#) var<storage, read> weight: array<vec4f>;    // (C4)
@group(0) @binding(#) var<storage, read> stats: array<vec2f>;     // (N)
#if ADD
@group(0) @binding(#) var<storage, read> past: array<vec4f>;      // (N, C4)
#end
@group(0) @binding(#) var<storage, read_write> dx: array<vec4f>;  // (N, C4)

@compute @workgroup_size(WG)
fn layernorm_backward(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let row = wid.x + wid.y * count.x;
  if (row >= params.N) { return; }
  let base = row * C4;
  let s = stats[row];
  var sum = vec4f();
  var product = 0.0;
  for (var i = lid; i < C4; i += WG) {
    let g = dy[base + i] * weight[i]; // padding of weight is 0
    sum += g;
    product += dot(g, (x[base + i] - s.x) * s.y);
  }
  let mean_g = reduce_sum(sum.x + sum.y + sum.z + sum.w, lid) / f32(C);
  let mean_gx = reduce_sum(product, lid) / f32(C);
  for (var i = lid; i < C4; i += WG) {
    let xhat = (x[base + i] - s.x) * s.y;
    let d = s.y * (dy[base + i] * weight[i] - mean_g - xhat * mean_gx);
    var v = select(vec4f(), d, 4u * i + vec4u(0u, 1u, 2u, 3u) < vec4u(C));
    #if ADD
    v += past[base + i];
    #end
    dx[base + i] = v;
  }
}
