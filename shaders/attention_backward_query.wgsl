// Fused attention backward, gradient of the queries. With p = exp(s - lse), dp = dout . v and
// delta = dout . out: dq = scale * sum over keys of p (dp - delta) k. The scores are recomputed.
// Writes the query third of dqkv (=) and delta (=). One thread per query.
// Dispatch (ceil(longest / WG), H, sequences). CPU twin: src/reference/attention.ts
struct Params { scale: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> dout: array<vec4f>;        // (N, H D4)
@group(0) @binding(#) var<storage, read> qkv: array<vec4f>;         // (N, 3 H D4)
@group(0) @binding(#) var<storage, read> out: array<vec4f>;         // (N, H D4)
@group(0) @binding(#) var<storage, read> lse: array<f32>;           // (N, H)
@group(0) @binding(#) var<storage, read_write> dqkv: array<vec4f>;  // (N, 3 H D4)
@group(0) @binding(#) var<storage, read_write> delta: array<f32>;   // (N, H)
const ROW: u32 = 3u * H * D4;

@compute @workgroup_size(WG)
fn attention_backward_query(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  let start = sequence_start(wid.z);
  let length = sequence_length(wid.z);
  let head = wid.y;
  let query = wid.x * WG + lid;
  if (query >= length) { return; }
  let row = start + query;
  var total = 0.0;
  #for d in 0..D4
  let q$d = qkv[row * ROW + head * D4 + ${d}u] * params.scale;
  let g$d = dout[row * H * D4 + head * D4 + ${d}u];
  total += dot(g$d, out[row * H * D4 + head * D4 + ${d}u]);
  var dq$d = vec4f();
  #end
  let l = lse[row * H + head];
  for (var j = 0u; j < length; j++) {
    let at = (start + j) * ROW + H * D4 + head * D4;
    var s = 0.0;
    var dp = 0.0;
    #for d in 0..D4
    let k$d = qkv[at + ${d}u];
    s += dot(q$d, k$d);
    dp += dot(g$d, qkv[at + H * D4 + ${d}u]);
    #end
    let ds = exp(s - l) * (dp - total);
    #for d in 0..D4
    dq$d += ds * k$d;
    #end
  }
  #for d in 0..D4
  dqkv[row * ROW + head * D4 + ${d}u] = dq$d * params.scale;
  #end
  delta[row * H + head] = total;
}
