// Teacher targets p = softmax((z - center) / temp) in place, padding columns 0, and the entropy of each row.
// Class rows (below cls_rows, counted from row0) take the class center, the others the patch center.
// A row is read once and kept in registers (KEEP), or, where it is long, twice: for the largest score and the sums,
// which are scaled down whenever a larger score comes, and for the targets. A thread takes QUADS quads at a time.
// Writes logits (=), entropy (=). One workgroup per row: dispatch rows, folded. CPU twin: src/reference/cross-entropy.ts
struct Params { rows: u32, row0: u32, cls_rows: u32, temp: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> centers: array<vec4f>;        // (2, K4): class, patch
@group(0) @binding(#) var<storage, read_write> logits: array<vec4f>;   // (rows, K4)
@group(0) @binding(#) var<storage, read_write> entropy: array<f32>;    // (all rows)

@compute @workgroup_size(WG)
fn teacher_softmax(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let row = wid.x + wid.y * count.x;
  if (row >= params.rows) { return; }
  let base = row * K4;
  let center = select(K4, 0u, params.row0 + row < params.cls_rows);
  let inverse = 1.0 / params.temp;
  var most = -3.0e38;
  var sums = vec4f();
  var moments = vec4f(); // sum of exp(d) * d
  #if !KEEP
  for (var block = 0u; block < K4; block += WG * QUADS) {
  #else
  let block = 0u;
  #end
    var top = vec4f(most);
    #for j in 0..QUADS
    let i$j = block + row_quad(${j}u, lid);
    #if WHOLE
    let s$j = (logits[base + i$j] - centers[center + i$j]) * inverse;
    #else
    let c$j = min(i$j, K4 - 1u);
    let s$j = select(vec4f(-3.0e38), (logits[base + c$j] - centers[center + c$j]) * inverse, real_columns(i$j, K));
    #end
    top = max(top, s$j);
    #end
    #if KEEP
    most = reduce_max(max(max(top.x, top.y), max(top.z, top.w)), lid);
    #else
    let next = max(max(top.x, top.y), max(top.z, top.w));
    let less = max(most - next, -100.0);
    let keep = exp(less);
    moments = keep * fma(vec4f(less), sums, moments);
    sums *= keep;
    most = next;
    #end
    #for j in 0..QUADS
    let d$j = max(s$j - most, vec4f(-100.0));
    let e$j = exp(d$j);
    sums += e$j;
    moments = fma(e$j, d$j, moments);
    #end
  #if !KEEP
  }
  let own = most;
  most = reduce_max(own, lid);
  let less = max(own - most, -100.0);
  moments = exp(less) * fma(vec4f(less), sums, moments);
  sums *= exp(less);
  #end
  let sum = reduce_sum(sums.x + sums.y + sums.z + sums.w, lid);
  let first = reduce_sum(moments.x + moments.y + moments.z + moments.w, lid);
  let share = 1.0 / sum;
  #if KEEP
  #for j in 0..QUADS
  #if WHOLE
  logits[base + i$j] = exp(s$j - most) * share;
  #else
  if (i$j < K4) { logits[base + i$j] = exp(s$j - most) * share; }
  #end
  #end
  #else
  for (var block = 0u; block < K4; block += WG * QUADS) {
    #for j in 0..QUADS
    let i$j = block + row_quad(${j}u, lid);
    #if WHOLE
    logits[base + i$j] = exp((logits[base + i$j] - centers[center + i$j]) * inverse - most) * share;
    #else
    if (i$j < K4) {
      let s = select(vec4f(-3.0e38), (logits[base + i$j] - centers[center + i$j]) * inverse, real_columns(i$j, K));
      logits[base + i$j] = exp(s - most) * share;
    }
    #end
    #end
  }
  #end
  if (lid == 0u) { entropy[params.row0 + row] = log(sum) - first / sum; }
}
