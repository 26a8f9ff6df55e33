// Fused attention backward, gradient of the queries. With p = exp(s - lse), dp = dout . v and
// delta = dout . out: dq = scale * sum over keys of p (dp - delta) k. The scores are recomputed.
// Threads, queries and keys are dealt out as in attention_forward.wgsl.
// Writes the query third of dqkv (=) and delta (=).
// Dispatch (ceil(longest / (WG / PARTS * EACH)), H, sequences). CPU twin: src/reference/attention.ts
struct Params { scale: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> dout: array<vec4f>;        // (N, H D4)
@group(0) @binding(#) var<storage, read> qkv: array<vec4f>;         // (N, 3 H D4)
@group(0) @binding(#) var<storage, read> out: array<Stored>;        // (N, H D4)
@group(0) @binding(#) var<storage, read> lse: array<f32>;           // (N, H)
@group(0) @binding(#) var<storage, read_write> dqkv: array<vec4f>;  // (N, 3 H D4)
@group(0) @binding(#) var<storage, read_write> delta: array<f32>;   // (N, H)
const ROW: u32 = 3u * H * D4;
#if TILED
var<workgroup> keys: array<vec4f, TILE * D4>;
var<workgroup> values: array<vec4f, TILE * D4>;
#if SPLIT
var<workgroup> shares: array<vec2f, 2u * EACH * KEYS * WG>;
#end
#end

@compute @workgroup_size(WG)
#if SUBGROUP
fn attention_backward_query(@builtin(workgroup_id) wid: vec3u, @builtin(subgroup_invocation_id) lid: u32) {
#else
#if LANES
fn attention_backward_query(@builtin(workgroup_id) wid: vec3u, @builtin(subgroup_id) subgroup: u32, @builtin(subgroup_invocation_id) lane: u32) {
  let lid = subgroup * LANE_COUNT + lane;
#else
fn attention_backward_query(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
#end
#end
  let start = sequence_start(wid.z);
  let length = sequence_length(wid.z);
  let head = wid.y;
  let base = wid.x * (WG / PARTS * EACH);
  if (base >= length) { return; }
  let part = lid % PARTS;
  #for n in 0..EACH
  let query$n = base + ${n}u * (WG / PARTS) + lid / PARTS;
  let row$n = start + min(query$n, length - 1u);
  var total$n = 0.0;
  #for d in 0..D4/PARTS
  let q${n}_$d = qkv[row$n * ROW + head * D4 + ${d}u * PARTS + part] * params.scale;
  let g${n}_$d = dout[row$n * H * D4 + head * D4 + ${d}u * PARTS + part];
  total$n = dot_add(g${n}_$d, vec4f(out[row$n * H * D4 + head * D4 + ${d}u * PARTS + part]), total$n);
  var dq${n}_$d = vec4f();
  #end
  let l$n = lse[row$n * H + head];
  #end
  #if LANES
  #for n in 0..EACH
  total$n = together(total$n);
  #end
  #end
  #if SPLIT
  #for n in 0..EACH
  shares[${n}u * WG + lid] = vec2f(total$n, 0.0);
  #end
  workgroupBarrier();
  #for n in 0..EACH
  total$n = 0.0;
  #for i in 0..PARTS
  total$n += shares[${n}u * WG + lid - part + ${i}u].x;
  #end
  #end
  var turn = 0u;
  #end
  #if SUBGROUP
  for (var first = 0u; first < length; first += KEYS) {
    let own = (start + min(first + lid % 4u, length - 1u)) * ROW + (H + head) * D4;
    #for d in 0..D4
    let kk$d = qkv[own + ${d}u];
    let vv$d = qkv[own + H * D4 + ${d}u];
    #end
  #end
  #if UNIFORM
  for (var first = 0u; first < length; first += KEYS) {
    #for k in 0..KEYS
    let own$k = (start + min(first + ${k}u, length - 1u)) * ROW + (H + head) * D4;
    #end
  #end
  #if TILED
  for (var tile = 0u; tile < length; tile += TILE) {
    workgroupBarrier();
    for (var i = lid; i < TILE * D4; i += WG) {
      let at = (start + min(tile + i / D4, length - 1u)) * ROW + (H + head) * D4 + i % D4;
      keys[i] = qkv[at];
      values[i] = qkv[at + H * D4];
    }
    workgroupBarrier();
    for (var first = tile; first < min(length, tile + TILE); first += KEYS) {
    let quad = (first - tile) * D4 + part;
  #end
    #for k in 0..KEYS
    #if SUBGROUP
    let past$k = select(0.0, -3.0e38, first + ((lid % 4u) ^ ${k}u) >= length);
    #else
    let past$k = select(0.0, -3.0e38, first + ${k}u >= length);
    #end
    #for n in 0..EACH
    var s${n}_$k = select(0.0, past$k, part == 0u);
    var dp${n}_$k = 0.0;
    #end
    #end
    #for d in 0..D4/PARTS
    #for k in 0..KEYS
    #if SUBGROUP
    let k${k}_$d = swap$k(kk$d);
    let v${k}_$d = swap$k(vv$d);
    #end
    #if UNIFORM
    let k${k}_$d = qkv[own$k + ${d}u];
    let v${k}_$d = qkv[own$k + H * D4 + ${d}u];
    #end
    #if TILED
    let k${k}_$d = keys[quad + ${k*D4+d*PARTS}u];
    let v${k}_$d = values[quad + ${k*D4+d*PARTS}u];
    #end
    #for n in 0..EACH
    s${n}_$k = dot_add(q${n}_$d, k${k}_$d, s${n}_$k);
    dp${n}_$k = dot_add(g${n}_$d, v${k}_$d, dp${n}_$k);
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
    #for n in 0..EACH
    let ds${n}_$k = exp(s${n}_$k - l$n) * (dp${n}_$k - total$n);
    #end
    #for d in 0..D4/PARTS
    #for n in 0..EACH
    dq${n}_$d = fma(vec4f(ds${n}_$k), k${k}_$d, dq${n}_$d);
    #end
    #end
    #end
  }
  #if TILED
  }
  #end
  #for n in 0..EACH
  if (query$n < length) {
    #for d in 0..D4/PARTS
    dqkv[row$n * ROW + head * D4 + ${d}u * PARTS + part] = dq${n}_$d * params.scale;
    #end
    if (part == 0u) { delta[row$n * H + head] = total$n; }
  }
  #end
}
