// Cross-entropy of student rows against the teacher rows they are paired with, and its gradient in place.
// With targets q = w0 p[t0] + w1 p[t1] and l = log softmax(z / temp): loss = -q . l, and
// dz = scale / temp * ((w0 + w1) softmax(z / temp) - q). Class rows are scaled by the class-token loss's weight,
// patch rows by the patch loss's; the stored loss is not. Writes logits (=), losses (=).
// One workgroup per row: dispatch rows, folded. CPU twin: src/reference/cross-entropy.ts
struct Params { rows: u32, row0: u32, cls_rows: u32, teacher_row0: u32, temp: f32, cls_weight: f32, patch_weight: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> targets: array<vec4f>;       // (teacher rows, K4)
@group(0) @binding(#) var<storage, read> pairs: array<vec4u>;         // (all student rows): t0, t1, bits of w0, w1
@group(0) @binding(#) var<storage, read_write> logits: array<vec4f>;  // (rows, K4)
@group(0) @binding(#) var<storage, read_write> losses: array<f32>;    // (all student rows)

fn scaled(row: u32, i: u32) -> vec4f {
  return select(vec4f(-3.0e38), logits[row * K4 + i] / params.temp, 4u * i + vec4u(0u, 1u, 2u, 3u) < vec4u(K));
}

@compute @workgroup_size(WG)
fn cross_entropy(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let row = wid.x + wid.y * count.x;
  if (row >= params.rows) { return; }
  let pair = pairs[params.row0 + row];
  let first = (pair.x - params.teacher_row0) * K4;
  let second = (pair.y - params.teacher_row0) * K4;
  let w = bitcast<vec2f>(pair.zw);
  var top = -3.0e38;
  for (var i = lid; i < K4; i += WG) {
    let v = scaled(row, i);
    top = max(top, max(max(v.x, v.y), max(v.z, v.w)));
  }
  let most = reduce_max(top, lid);
  var part = 0.0;
  var along = 0.0; // q . (z / temp - most)
  for (var i = lid; i < K4; i += WG) {
    let d = scaled(row, i) - most;
    part += dot(exp(d), vec4f(1.0));
    let q = w.x * targets[first + i] + w.y * targets[second + i];
    along += dot(q, max(d, vec4f(-1.0e30))); // targets are 0 in the padding
  }
  let sum = reduce_sum(part, lid);
  let matched = reduce_sum(along, lid);
  let scale = select(params.patch_weight, params.cls_weight, params.row0 + row < params.cls_rows) / params.temp;
  for (var i = lid; i < K4; i += WG) {
    let q = w.x * targets[first + i] + w.y * targets[second + i];
    logits[row * K4 + i] = scale * ((w.x + w.y) * exp(scaled(row, i) - most) / sum - q);
  }
  if (lid == 0u) { losses[params.row0 + row] = (w.x + w.y) * log(sum) - matched; }
}
