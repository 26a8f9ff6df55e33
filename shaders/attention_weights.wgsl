// The attention of one query of each sequence, for the views: softmax(q k^T * scale) over its keys.
// Writes weights (=). One thread per key and head, each going over the keys for the largest score and the sum,
// so that a row adds up to 1 however large the scores are.
// Dispatch (ceil(T / 64), H, sequences). CPU twin: src/reference/attention.ts
struct Params { scale: f32, T: u32, query: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> qkv: array<vec4f>;           // (sequences * T, 3 H D4)
@group(0) @binding(#) var<storage, read_write> weights: array<f32>;   // (sequences, H, T)
const ROW: u32 = 3u * H * D4;

fn score(first: u32, head: u32, key: u32) -> f32 {
  var s = 0.0;
  for (var d = 0u; d < D4; d++) {
    s += dot(qkv[(first + params.query) * ROW + head * D4 + d], qkv[(first + key) * ROW + H * D4 + head * D4 + d]);
  }
  return s * params.scale;
}

@compute @workgroup_size(64)
fn attention_weights(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  let key = wid.x * 64u + lid;
  if (key >= params.T) { return; }
  let first = wid.z * params.T;
  var most = -3.0e38;
  var sum = 0.0;
  for (var j = 0u; j < params.T; j++) {
    let s = score(first, wid.y, j);
    let next = max(most, s);
    sum = sum * exp(most - next) + exp(s - next);
    most = next;
  }
  weights[(wid.z * H + wid.y) * params.T + key] = exp(score(first, wid.y, key) - most) / sum;
}
