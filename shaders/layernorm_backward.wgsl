// LayerNorm backward, input gradient: dx = rstd * (g - mean(g) - xhat * mean(g * xhat)), g = dy * weight,
// plus the gradient that reached x past the norm (ADD). Writes dx (=, padding 0).
// With SUMS also a slice of the parameter gradients over the workgroup's rows: (C4) dweight, (C4) dbias (=).
// One workgroup per `share` rows, one after the other: dispatch ceil(N / share), with SUMS the number of slices, folded.
// A row is read once and kept in registers (KEEP) unless it is very long. CPU twin: src/reference/layernorm.ts
struct Params { N: u32, share: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> dy: array<vec4f>;        // (N, C4)
@group(0) @binding(#) var<storage, read> x: array<vec4f>;         // (N, C4)
@group(0) @binding(#) var<storage, read> weight: array<vec4f>;    // (C4)
@group(0) @binding(#) var<storage, read> stats: array<vec2f>;     // (N)
#if ADD
@group(0) @binding(#) var<storage, read> past: array<vec4f>;      // (N, C4)
#end
@group(0) @binding(#) var<storage, read_write> dx: array<vec4f>;  // (N, C4)
#if SUMS
@group(0) @binding(#) var<storage, read_write> slices: array<vec4f>; // (slices, 2 C4)
#end

@compute @workgroup_size(WG)
fn layernorm_backward(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let group = wid.x + wid.y * count.x;
  #if KEEP
  #for j in 0..QUADS
  let i$j = row_quad(${j}u, lid);
  #if WHOLE
  let w$j = weight[i$j];
  #else
  // A quad behind the row reads the last one and counts for nothing.
  let c$j = min(i$j, C4 - 1u);
  let w$j = weight[c$j];
  #end
  #if SUMS
  var dweight$j = vec4f();
  var dbias$j = vec4f();
  #end
  #end
  #end
  for (var row = group * params.share; row < min(params.N, (group + 1u) * params.share); row++) {
    let base = row * C4;
    let s = stats[row];
    var sum = vec4f();
    var product = vec4f();
    #if KEEP
    #for j in 0..QUADS
    #if WHOLE
    let dy$j = dy[base + i$j];
    let x$j = (x[base + i$j] - s.x) * s.y;
    #else
    let dy$j = select(vec4f(), dy[base + c$j], i$j < C4);
    let x$j = (x[base + c$j] - s.x) * s.y;
    #end
    let g$j = dy$j * w$j; // padding of weight is 0
    sum += g$j;
    product = fma(g$j, x$j, product);
    #if SUMS
    dweight$j = fma(dy$j, x$j, dweight$j);
    dbias$j += dy$j;
    #end
    #end
    #else
    for (var i = lid; i < C4; i += WG) {
      let g = dy[base + i] * weight[i];
      sum += g;
      product = fma(g, (x[base + i] - s.x) * s.y, product);
    }
    #end
    let mean_g = reduce_sum(sum.x + sum.y + sum.z + sum.w, lid) / f32(C);
    let mean_gx = reduce_sum(product.x + product.y + product.z + product.w, lid) / f32(C);
    #if KEEP
    #for j in 0..QUADS
    var d$j = s.y * (g$j - mean_g - x$j * mean_gx);
    #if PADDED
    d$j = select(vec4f(), d$j, real_columns(i$j, C));
    #end
    #if !WHOLE
    if (i$j < C4) {
    #end
    #if ADD
    d$j += past[base + i$j];
    #end
    dx[base + i$j] = d$j;
    #if !WHOLE
    }
    #end
    #end
    #else
    for (var i = lid; i < C4; i += WG) {
      let xhat = (x[base + i] - s.x) * s.y;
      let d = s.y * (dy[base + i] * weight[i] - mean_g - xhat * mean_gx);
      var v = select(vec4f(), d, real_columns(i, C));
      #if ADD
      v += past[base + i];
      #end
      dx[base + i] = v;
    }
    #end
  }
  #if SUMS
  #for j in 0..QUADS
  #if !WHOLE
  if (i$j < C4) {
  #end
  slices[group * 2u * C4 + i$j] = select(vec4f(), dweight$j, real_columns(i$j, C));
  slices[group * 2u * C4 + C4 + i$j] = select(vec4f(), dbias$j, real_columns(i$j, C));
  #if !WHOLE
  }
  #end
  #end
  #end
}
