// Fused attention backward, gradients of keys and values: dv = sum over queries of p dout,
// dk = scale * sum over queries of p (dp - delta) q. The scores are recomputed from lse.
// Threads are dealt out as in attention_forward.wgsl, queries and keys having changed places: a thread has EACH keys,
// and KEYS queries are gone over at a time.
// Writes the key and value thirds of dqkv (=).
// Dispatch (ceil(longest / (WG / PARTS * EACH)), H, sequences). CPU twin: src/reference/attention.ts
struct Params { scale: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> dout: array<vec4f>;        // (N, H D4)
@group(0) @binding(#) var<storage, read> qkv: array<vec4f>;         // (N, 3 H D4)
@group(0) @binding(#) var<storage, read> lse: array<f32>;           // (N, H)
@group(0) @binding(#) var<storage, read> delta: array<f32>;         // (N, H)
@group(0) @binding(#) var<storage, read_write> dqkv: array<vec4f>;  // (N, 3 H D4)
const ROW: u32 = 3u * H * D4;
#if TILED
var<workgroup> queries: array<vec4f, TILE * D4>;
var<workgroup> gradients: array<vec4f, TILE * D4>;
var<workgroup> sums: array<vec2f, TILE>;  // lse, delta
#if SPLIT
var<workgroup> shares: array<vec2f, 2u * EACH * KEYS * WG>;
#end
#end

@compute @workgroup_size(WG)
#if SUBGROUP
fn attention_backward_key(@builtin(workgroup_id) wid: vec3u, @builtin(subgroup_invocation_id) lid: u32) {
#else
#if LANES
fn attention_backward_key(@builtin(workgroup_id) wid: vec3u, @builtin(subgroup_id) subgroup: u32, @builtin(subgroup_invocation_id) lane: u32) {
  let lid = subgroup * LANE_COUNT + lane;
#else
fn attention_backward_key(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
#end
#end
  let start = sequence_start(wid.z);
  let length = sequence_length(wid.z);
  let head = wid.y;
  let base = wid.x * (WG / PARTS * EACH);
  if (base >= length) { return; }
  let part = lid % PARTS;
  #for n in 0..EACH
  let key$n = base + ${n}u * (WG / PARTS) + lid / PARTS;
  let at$n = (start + min(key$n, length - 1u)) * ROW + (H + head) * D4 + part;
  #for d in 0..D4/PARTS
  let k${n}_$d = qkv[at$n + ${d}u * PARTS] * params.scale;
  let v${n}_$d = qkv[at$n + H * D4 + ${d}u * PARTS];
  var dk${n}_$d = vec4f();
  var dv${n}_$d = vec4f();
  #end
  #end
  #if SUBGROUP
  for (var first = 0u; first < length; first += KEYS) {
    let own = start + min(first + lid % 4u, length - 1u);
    #for d in 0..D4
    let qq$d = qkv[own * ROW + head * D4 + ${d}u];
    let gg$d = dout[own * H * D4 + head * D4 + ${d}u];
    #end
    // A query behind the last one counts for nothing.
    let all = vec4f(select(3.0e38, lse[own * H + head], first + lid % 4u < length), delta[own * H + head], 0.0, 0.0);
  #end
  #if UNIFORM
  for (var first = 0u; first < length; first += KEYS) {
    #for k in 0..KEYS
    let own$k = start + min(first + ${k}u, length - 1u);
    #end
  #end
  #if TILED
  #if SPLIT
  var turn = 0u;
  #end
  for (var tile = 0u; tile < length; tile += TILE) {
    workgroupBarrier();
    for (var i = lid; i < TILE * D4; i += WG) {
      let row = start + min(tile + i / D4, length - 1u);
      queries[i] = qkv[row * ROW + head * D4 + i % D4];
      gradients[i] = dout[row * H * D4 + head * D4 + i % D4];
    }
    for (var i = lid; i < TILE; i += WG) {
      let own = (start + min(tile + i, length - 1u)) * H + head;
      // A query behind the last one counts for nothing.
      sums[i] = vec2f(select(3.0e38, lse[own], tile + i < length), delta[own]);
    }
    workgroupBarrier();
    for (var first = tile; first < min(length, tile + TILE); first += KEYS) {
    let quad = (first - tile) * D4 + part;
  #end
    #for k in 0..KEYS
    #for n in 0..EACH
    var s${n}_$k = 0.0;
    var dp${n}_$k = 0.0;
    #end
    #end
    #for d in 0..D4/PARTS
    #for k in 0..KEYS
    #if SUBGROUP
    let q${k}_$d = swap$k(qq$d);
    let g${k}_$d = swap$k(gg$d);
    #end
    #if UNIFORM
    let q${k}_$d = qkv[own$k * ROW + head * D4 + ${d}u];
    let g${k}_$d = dout[own$k * H * D4 + head * D4 + ${d}u];
    #end
    #if TILED
    let q${k}_$d = queries[quad + ${k*D4+d*PARTS}u];
    let g${k}_$d = gradients[quad + ${k*D4+d*PARTS}u];
    #end
    #for n in 0..EACH
    s${n}_$k = dot_add(q${k}_$d, k${n}_$d, s${n}_$k);
    dp${n}_$k = dot_add(g${k}_$d, v${n}_$d, dp${n}_$k);
    #end
    #end
    #end
    #if LANES
    #for n in 0..EACH
    #for k in 0..KEYS
    s${n}_$k = together(s${n}_$k);
    dp${n}_$k = together(dp${n}_$k);
    #end
    #end
    #end
    #if SPLIT
    #for n in 0..EACH
    #for k in 0..KEYS
    shares[(turn + ${n*KEYS+k}u) * WG + lid] = vec2f(s${n}_$k, dp${n}_$k);
    #end
    #end
    workgroupBarrier();
    #for n in 0..EACH
    #for k in 0..KEYS
    var both${n}_$k = vec2f();
    #for i in 0..PARTS
    both${n}_$k += shares[(turn + ${n*KEYS+k}u) * WG + lid - part + ${i}u];
    #end
    s${n}_$k = both${n}_$k.x;
    dp${n}_$k = both${n}_$k.y;
    #end
    #end
    turn = EACH * KEYS - turn;
    #end
    #for k in 0..KEYS
    #if SUBGROUP
    let sum$k = swap$k(all).xy;
    #end
    #if UNIFORM
    let sum$k = vec2f(select(3.0e38, lse[own$k * H + head], first + ${k}u < length), delta[own$k * H + head]);
    #end
    #if TILED
    let sum$k = sums[first - tile + ${k}u];
    #end
    #for n in 0..EACH
    let p${n}_$k = exp(s${n}_$k - sum$k.x);
    let ds${n}_$k = p${n}_$k * (dp${n}_$k - sum$k.y);
    #end
    #for d in 0..D4/PARTS
    #for n in 0..EACH
    dv${n}_$d = fma(vec4f(p${n}_$k), g${k}_$d, dv${n}_$d);
    dk${n}_$d = fma(vec4f(ds${n}_$k), q${k}_$d, dk${n}_$d);
    #end
    #end
    #end
  }
  #if TILED
  }
  #end
  #for n in 0..EACH
  if (key$n < length) {
    #for d in 0..D4/PARTS
    dqkv[at$n + ${d}u * PARTS] = dk${n}_$d * params.scale;
    dqkv[at$n + H * D4 + ${d}u * PARTS] = dv${n}_$d;
    #end
  }
  #end
}
