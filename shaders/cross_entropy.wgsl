// Cross-entropy of student rows against the teacher rows they are paired with, and its gradient in place.
// With targets q = w0 p[t0] + w1 p[t1] and l = log softmax(z / temp): loss = -q . l, and
// dz = scale / temp * ((w0 + w1) softmax(z / temp) - q). Class rows are scaled by the class-token loss's weight,
// patch rows by the patch loss's; the stored loss is not. Writes logits (=), losses (=).
// A row is read once and kept in registers (KEEP), or, where it is long, twice: for the largest score and the sums,
// which are scaled down whenever a larger score comes, and for the gradient. A thread takes QUADS quads at a time.
// One workgroup per row: dispatch rows, folded. CPU twin: src/reference/cross-entropy.ts
struct Params { rows: u32, row0: u32, cls_rows: u32, teacher_row0: u32, temp: f32, cls_weight: f32, patch_weight: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> targets: array<vec4f>;       // (teacher rows, K4)
@group(0) @binding(#) var<storage, read> pairs: array<vec4u>;         // (all student rows): t0, t1, bits of w0, w1
@group(0) @binding(#) var<storage, read_write> logits: array<vec4f>;  // (rows, K4)
@group(0) @binding(#) var<storage, read_write> losses: array<f32>;    // (all student rows)

@compute @workgroup_size(WG)
fn cross_entropy(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let row = wid.x + wid.y * count.x;
  if (row >= params.rows) { return; }
  let base = row * K4;
  let pair = pairs[params.row0 + row];
  let first = (pair.x - params.teacher_row0) * K4;
  let second = (pair.y - params.teacher_row0) * K4;
  let w = bitcast<vec2f>(pair.zw);
  // Where there is one target, a GPU needn't read another (SKIP); for a software adapter a branch costs more.
  let two = w.y != 0.0;
  let inverse = 1.0 / params.temp;
  var most = -3.0e38;
  var sums = vec4f();
  var along = vec4f(); // q . (z / temp - most)
  var weights = vec4f(); // sum of q
  #if !KEEP
  for (var block = 0u; block < K4; block += WG * QUADS) {
  #else
  let block = 0u;
  #end
    var top = vec4f(most);
    #for j in 0..QUADS
    let i$j = block + row_quad(${j}u, lid);
    #if WHOLE
    let s$j = logits[base + i$j] * inverse;
    var q$j = w.x * targets[first + i$j];
    #if SKIP
    if (two) { q$j += w.y * targets[second + i$j]; }
    #else
    q$j += w.y * targets[second + i$j];
    #end
    #else
    let c$j = min(i$j, K4 - 1u);
    let real$j = real_columns(i$j, K);
    let s$j = select(vec4f(-3.0e38), logits[base + c$j] * inverse, real$j);
    var q$j = w.x * targets[first + c$j];
    #if SKIP
    if (two) { q$j += w.y * targets[second + c$j]; }
    #else
    q$j += w.y * targets[second + c$j];
    #end
    q$j = select(vec4f(), q$j, real$j);
    #end
    top = max(top, s$j);
    #end
    #if KEEP
    most = reduce_max(max(max(top.x, top.y), max(top.z, top.w)), lid);
    #else
    let next = max(max(top.x, top.y), max(top.z, top.w));
    // Before the first score there are no weights, so how far it was doesn't matter.
    let less = max(most - next, -1.0e30);
    along = fma(vec4f(less), weights, along);
    sums *= exp(less);
    most = next;
    #end
    #for j in 0..QUADS
    let d$j = max(s$j - most, vec4f(-1.0e30));
    sums += exp(d$j);
    along = fma(q$j, d$j, along);
    #if !KEEP
    weights += q$j;
    #end
    #end
  #if !KEEP
  }
  let own = most;
  most = reduce_max(own, lid);
  let less = max(own - most, -1.0e30);
  along = fma(vec4f(less), weights, along);
  sums *= exp(less);
  #end
  let sum = reduce_sum(sums.x + sums.y + sums.z + sums.w, lid);
  let matched = reduce_sum(along.x + along.y + along.z + along.w, lid);
  let scale = select(params.patch_weight, params.cls_weight, params.row0 + row < params.cls_rows) / params.temp;
  let share = (w.x + w.y) / sum;
  #if KEEP
  #for j in 0..QUADS
  #if WHOLE
  logits[base + i$j] = scale * (share * exp(s$j - most) - q$j);
  #else
  if (i$j < K4) { logits[base + i$j] = scale * (share * exp(s$j - most) - q$j); }
  #end
  #end
  #else
  for (var block = 0u; block < K4; block += WG * QUADS) {
    #for j in 0..QUADS
    let i$j = block + row_quad(${j}u, lid);
    #if !WHOLE
    if (i$j < K4) {
    #end
    var q$j = w.x * targets[first + i$j];
    #if SKIP
    if (two) { q$j += w.y * targets[second + i$j]; }
    #else
    q$j += w.y * targets[second + i$j];
    #end
    #if WHOLE
    let s$j = logits[base + i$j] * inverse;
    #else
    let s$j = select(vec4f(-3.0e38), logits[base + i$j] * inverse, real_columns(i$j, K));
    #end
    logits[base + i$j] = scale * (share * exp(s$j - most) - q$j);
    #if !WHOLE
    }
    #end
    #end
  }
  #end
  if (lid == 0u) { losses[params.row0 + row] = (w.x + w.y) * log(sum) - matched; }
}
