// Fused attention backward, gradients of keys and values: dv = sum over queries of p dout,
// dk = scale * sum over queries of p (dp - delta) q. The scores are recomputed from lse.
// Writes the key and value thirds of dqkv (=). One thread per key.
// Dispatch (ceil(longest / WG), H, sequences). CPU twin: src/reference/attention.ts
struct Params { scale: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> dout: array<vec4f>;        // (N, H D4)
@group(0) @binding(#) var<storage, read> qkv: array<vec4f>;         // (N, 3 H D4)
@group(0) @binding(#) var<storage, read> lse: array<f32>;           // (N, H)
@group(0) @binding(#) var<storage, read> delta: array<f32>;         // (N, H)
@group(0) @binding(#) var<storage, read_write> dqkv: array<vec4f>;  // (N, 3 H D4)
const ROW: u32 = 3u * H * D4;

@compute @workgroup_size(WG)
fn attention_backward_key(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  let start = sequence_start(wid.z);
  let length = sequence_length(wid.z);
  let head = wid.y;
  let key = wid.x * WG + lid;
  if (key >= length) { return; }
  let at = (start + key) * ROW + H * D4 + head * D4;
  #for d in 0..D4
  let k$d = qkv[at + ${d}u] * params.scale;
  let v$d = qkv[at + H * D4 + ${d}u];
  var dk$d = vec4f();
  var dv$d = vec4f();
  #end
  for (var i = 0u; i < length; i++) {
    let row = start + i;
    var s = 0.0;
    var dp = 0.0;
    #for d in 0..D4
    let q$d = qkv[row * ROW + head * D4 + ${d}u];
    let g$d = dout[row * H * D4 + head * D4 + ${d}u];
    s += dot(q$d, k$d);
    dp += dot(g$d, v$d);
    #end
    let p = exp(s - lse[row * H + head]);
    let ds = p * (dp - delta[row * H + head]);
    #for d in 0..D4
    dv$d += p * g$d;
    dk$d += ds * q$d;
    #end
  }
  #for d in 0..D4
  dqkv[at + ${d}u] = dk$d * params.scale;
  dqkv[at + H * D4 + ${d}u] = dv$d;
  #end
}
