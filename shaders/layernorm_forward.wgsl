// LayerNorm forward: y = (x - mean) * rstd * weight + bias over the C real channels of each row.
// Writes y (=, padding 0) and stats (=). One workgroup per ROWS rows, one after the other: dispatch ceil(N / ROWS), folded.
// A row is read once and kept in registers (KEEP) unless it is very long.
// N rows, C channels in C4 quads. CPU twin: src/reference/layernorm.ts
struct Params { N: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> x: array<vec4f>;            // (N, C4)
@group(0) @binding(#) var<storage, read> weight: array<vec4f>;       // (C4)
@group(0) @binding(#) var<storage, read> bias: array<vec4f>;         // (C4)
@group(0) @binding(#) var<storage, read_write> y: array<Stored>;     // (N, C4)
@group(0) @binding(#) var<storage, read_write> stats: array<vec2f>;  // (N): mean, 1 / deviation

@compute @workgroup_size(WG)
fn layernorm_forward(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let first = (wid.x + wid.y * count.x) * ROWS;
  #if KEEP
  #for j in 0..QUADS
  let i$j = row_quad(${j}u, lid);
  #if WHOLE
  let w$j = weight[i$j];
  let b$j = bias[i$j];
  #else
  // A quad behind the row reads the last one and counts for nothing.
  let c$j = min(i$j, C4 - 1u);
  let w$j = weight[c$j];
  let b$j = bias[c$j];
  #end
  #end
  #end
  for (var row = first; row < min(params.N, first + ROWS); row++) {
    let base = row * C4;
    var sum = vec4f();
    var square = vec4f();
    #if KEEP
    #for j in 0..QUADS
    #if WHOLE
    let v$j = x[base + i$j]; // padding is 0
    #else
    let v$j = select(vec4f(), x[base + c$j], i$j < C4);
    #end
    sum += v$j;
    #end
    #else
    for (var i = lid; i < C4; i += WG) { sum += x[base + i]; }
    #end
    let mean = reduce_sum(sum.x + sum.y + sum.z + sum.w, lid) / f32(C);
    #if KEEP
    #for j in 0..QUADS
    #if PADDED
    let d$j = select(vec4f(), v$j - mean, real_columns(i$j, C));
    #else
    let d$j = v$j - mean;
    #end
    square = fma(d$j, d$j, square);
    #end
    #else
    for (var i = lid; i < C4; i += WG) {
      let d = select(vec4f(), x[base + i] - mean, real_columns(i, C));
      square = fma(d, d, square);
    }
    #end
    let rstd = inverseSqrt(reduce_sum(square.x + square.y + square.z + square.w, lid) / f32(C) + 1e-6);
    #if KEEP
    #for j in 0..QUADS
    #if WHOLE
    y[base + i$j] = Stored(d$j * rstd * w$j + b$j);
    #else
    if (i$j < C4) { y[base + i$j] = Stored(d$j * rstd * w$j + b$j); }
    #end
    #end
    #else
    for (var i = lid; i < C4; i += WG) { y[base + i] = Stored((x[base + i] - mean) * rstd * weight[i] + bias[i]); }
    #end
    if (lid == 0u) { stats[row] = vec2f(mean, rstd); }
  }
}
