// Fused attention forward, not causal: out = softmax(q k^T * scale) v per sequence and head, online, so
// that no T x T matrix is kept; lse keeps the logarithm of each row's sum of exponentials.
// qkv rows hold [q | k | v], each H heads of D4 quads (padding channels 0). One thread per query.
// Writes out (=) and lse (=). Dispatch (ceil(longest / WG), H, sequences). CPU twin: src/reference/attention.ts
struct Params { scale: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> qkv: array<vec4f>;        // (N, 3 H D4)
@group(0) @binding(#) var<storage, read_write> out: array<vec4f>;  // (N, H D4)
@group(0) @binding(#) var<storage, read_write> lse: array<f32>;    // (N, H)
const ROW: u32 = 3u * H * D4;

@compute @workgroup_size(WG)
fn attention_forward(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  let start = sequence_start(wid.z);
  let length = sequence_length(wid.z);
  let head = wid.y;
  let query = wid.x * WG + lid;
  if (query >= length) { return; }
  let row = start + query;
  #for d in 0..D4
  let q$d = qkv[row * ROW + head * D4 + ${d}u] * params.scale;
  var o$d = vec4f();
  #end
  var m = -3.0e38;
  var sum = 0.0;
  for (var j = 0u; j < length; j++) {
    let at = (start + j) * ROW + H * D4 + head * D4;
    var s = 0.0;
    #for d in 0..D4
    s += dot(q$d, qkv[at + ${d}u]);
    #end
    let next = max(m, s);
    let keep = exp(m - next);
    let p = exp(s - next);
    sum = sum * keep + p;
    #for d in 0..D4
    o$d = o$d * keep + p * qkv[at + H * D4 + ${d}u];
    #end
    m = next;
  }
  #for d in 0..D4
  out[row * H * D4 + head * D4 + ${d}u] = o$d / sum;
  #end
  lse[row * H + head] = m + log(sum);
}
