// The attention of one query of each sequence, for the views: softmax(q k^T * scale) over its keys.
// Writes weights (=). One thread per key and head, each going over the keys again for the sum.
// Dispatch (ceil(T / 64), H, sequences). CPU twin: src/reference/attention.ts
struct Params { scale: f32, T: u32, query: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> qkv: array<vec4f>;           // (sequences * T, 3 H D4)
@group(0) @binding(#) var<storage, read> lse: array<f32>;             // (sequences * T, H)
@group(0) @binding(#) var<storage, read_write> weights: array<f32>;   // (sequences, H, T)
const ROW: u32 = 3u * H * D4;

@compute @workgroup_size(64)
fn attention_weights(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  let key = wid.x * 64u + lid;
  if (key >= params.T) { return; }
  let q = wid.z * params.T + params.query;
  var s = 0.0;
  for (var d = 0u; d < D4; d++) {
    s += dot(qkv[q * ROW + wid.y * D4 + d], qkv[(wid.z * params.T + key) * ROW + H * D4 + wid.y * D4 + d]);
  }
  weights[(wid.z * H + wid.y) * params.T + key] = exp(s * params.scale - lse[q * H + wid.y]);
}
