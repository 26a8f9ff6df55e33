// Teacher targets p = softmax((z - center) / temp) in place, padding columns 0, and the entropy of each row.
// Class rows (below cls_rows, counted from row0) take the class center, the others the patch center.
// Writes logits (=), entropy (=). One workgroup per row: dispatch rows, folded. CPU twin: src/reference/cross-entropy.ts
struct Params { rows: u32, row0: u32, cls_rows: u32, temp: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> centers: array<vec4f>;        // (2, K4): class, patch
@group(0) @binding(#) var<storage, read_write> logits: array<vec4f>;   // (rows, K4)
@group(0) @binding(#) var<storage, read_write> entropy: array<f32>;    // (all rows)

fn scaled(row: u32, center: u32, i: u32) -> vec4f {
  let v = (logits[row * K4 + i] - centers[center * K4 + i]) / params.temp;
  return select(vec4f(-3.0e38), v, 4u * i + vec4u(0u, 1u, 2u, 3u) < vec4u(K));
}

@compute @workgroup_size(WG)
fn teacher_softmax(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let row = wid.x + wid.y * count.x;
  if (row >= params.rows) { return; }
  let center = select(1u, 0u, params.row0 + row < params.cls_rows);
  var top = -3.0e38;
  for (var i = lid; i < K4; i += WG) {
    let v = scaled(row, center, i);
    top = max(top, max(max(v.x, v.y), max(v.z, v.w)));
  }
  let most = reduce_max(top, lid);
  var part = 0.0;
  var moment = 0.0; // sum of exp(d) * d
  for (var i = lid; i < K4; i += WG) {
    let d = max(scaled(row, center, i) - most, vec4f(-100.0));
    let e = exp(d);
    part += dot(e, vec4f(1.0));
    moment += dot(e, d);
  }
  let sum = reduce_sum(part, lid);
  let first = reduce_sum(moment, lid);
  for (var i = lid; i < K4; i += WG) { logits[row * K4 + i] = exp(scaled(row, center, i) - most) / sum; }
  if (lid == 0u) { entropy[params.row0 + row] = log(sum) - first / sum; }
}
