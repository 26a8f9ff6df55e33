// LayerNorm forward: y = (x - mean) * rstd * weight + bias over the C real channels of each row.
// Writes y (=, padding 0) and stats (=). One workgroup per row: dispatch N, folded.
// N rows, C channels in C4 quads. CPU twin: src/reference/layernorm.ts
struct Params { N: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> x: array<vec4f>;            // (N, C4)
@group(0) @binding(#) var<storage, read> weight: array<vec4f>;       // (C4)
@group(0) @binding(#) var<storage, read> bias: array<vec4f>;         // (C4)
@group(0) @binding(#) var<storage, read_write> y: array<vec4f>;      // (N, C4)
@group(0) @binding(#) var<storage, read_write> stats: array<vec2f>;  // (N): mean, 1 / deviation

@compute @workgroup_size(WG)
fn layernorm_forward(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let row = wid.x + wid.y * count.x;
  if (row >= params.N) { return; }
  let base = row * C4;
  var sum = vec4f();
  for (var i = lid; i < C4; i += WG) { sum += x[base + i]; } // padding is 0
  let mean = reduce_sum(sum.x + sum.y + sum.z + sum.w, lid) / f32(C);
  var square = 0.0;
  for (var i = lid; i < C4; i += WG) {
    let d = select(vec4f(), x[base + i] - mean, 4u * i + vec4u(0u, 1u, 2u, 3u) < vec4u(C));
    square += dot(d, d);
  }
  let rstd = inverseSqrt(reduce_sum(square, lid) / f32(C) + 1e-6);
  for (var i = lid; i < C4; i += WG) { y[base + i] = (x[base + i] - mean) * rstd * weight[i] + bias[i]; }
  if (lid == 0u) { stats[row] = vec2f(mean, rstd); }
}
