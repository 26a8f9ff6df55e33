// Fused attention forward, not causal: out = softmax(q k^T * scale) v per sequence and head, online, so
// that no T x T matrix is kept; lse keeps the logarithm of each row's sum of exponentials.
// qkv rows hold [q | k | v], each H heads of D4 quads (padding channels 0). A thread has EACH queries and, where PARTS
// threads share them, every PARTS-th of their quads, whose sums meet in a subgroup (LANES) or in workgroup memory (SPLIT).
// KEYS keys at a time are fetched by a lane each and swapped (SUBGROUP), fetched by all alike (UNIFORM), or come from a
// tile of TILE keys in workgroup memory (TILED).
// Writes out (=) and lse (=). Dispatch (ceil(longest / (WG / PARTS * EACH)), H, sequences). CPU twin: src/reference/attention.ts
struct Params { scale: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> qkv: array<vec4f>;        // (N, 3 H D4)
@group(0) @binding(#) var<storage, read_write> out: array<Stored>; // (N, H D4)
@group(0) @binding(#) var<storage, read_write> lse: array<f32>;    // (N, H)
const ROW: u32 = 3u * H * D4;
#if TILED
var<workgroup> keys: array<vec4f, TILE * D4>;
var<workgroup> values: array<vec4f, TILE * D4>;
#if SPLIT
var<workgroup> shares: array<f32, 2u * EACH * KEYS * WG>;
#end
#end

@compute @workgroup_size(WG)
#if SUBGROUP
fn attention_forward(@builtin(workgroup_id) wid: vec3u, @builtin(subgroup_invocation_id) lid: u32) {
#else
#if LANES
fn attention_forward(@builtin(workgroup_id) wid: vec3u, @builtin(subgroup_id) subgroup: u32, @builtin(subgroup_invocation_id) lane: u32) {
  let lid = subgroup * LANE_COUNT + lane;
#else
fn attention_forward(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
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
  #for d in 0..D4/PARTS
  let q${n}_$d = qkv[row$n * ROW + head * D4 + ${d}u * PARTS + part] * params.scale;
  var o${n}_$d = vec4f();
  #end
  var m$n = -3.0e38;
  var sum$n = 0.0;
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
  #if SPLIT
  var turn = 0u;
  #end
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
    // Keys behind the last one weigh nothing.
    #for k in 0..KEYS
    #if SUBGROUP
    let past$k = select(0.0, -3.0e38, first + ((lid % 4u) ^ ${k}u) >= length);
    #else
    let past$k = select(0.0, -3.0e38, first + ${k}u >= length);
    #end
    #for n in 0..EACH
    var s${n}_$k = select(0.0, past$k, part == 0u);
    #end
    #end
    #for d in 0..D4/PARTS
    #for k in 0..KEYS
    #if SUBGROUP
    let k${k}_$d = swap$k(kk$d);
    #end
    #if UNIFORM
    let k${k}_$d = qkv[own$k + ${d}u];
    #end
    #if TILED
    let k${k}_$d = keys[quad + ${k*D4+d*PARTS}u];
    #end
    #for n in 0..EACH
    s${n}_$k = dot_add(q${n}_$d, k${k}_$d, s${n}_$k);
    #end
    #end
    #end
    #if LANES
    #for n in 0..EACH
    #for k in 0..KEYS
    s${n}_$k = together(s${n}_$k);
    #end
    #end
    #end
    #if SPLIT
    #for n in 0..EACH
    #for k in 0..KEYS
    shares[(turn + ${n*KEYS+k}u) * WG + lid] = s${n}_$k;
    #end
    #end
    workgroupBarrier();
    #for n in 0..EACH
    #for k in 0..KEYS
    s${n}_$k = 0.0;
    #for i in 0..PARTS
    s${n}_$k += shares[(turn + ${n*KEYS+k}u) * WG + lid - part + ${i}u];
    #end
    #end
    #end
    turn = EACH * KEYS - turn;
    #end
    #for n in 0..EACH
    let before$n = m$n;
    #for k in 0..KEYS
    m$n = max(m$n, s${n}_$k);
    #end
    let keep$n = exp(before$n - m$n);
    sum$n *= keep$n;
    #for k in 0..KEYS
    let p${n}_$k = exp(s${n}_$k - m$n);
    sum$n += p${n}_$k;
    #end
    #end
    #for d in 0..D4/PARTS
    #for n in 0..EACH
    o${n}_$d *= keep$n;
    #end
    #for k in 0..KEYS
    #if SUBGROUP
    let v${k}_$d = swap$k(vv$d);
    #end
    #if UNIFORM
    let v${k}_$d = qkv[own$k + H * D4 + ${d}u];
    #end
    #if TILED
    let v${k}_$d = values[quad + ${k*D4+d*PARTS}u];
    #end
    #for n in 0..EACH
    o${n}_$d = fma(vec4f(p${n}_$k), v${k}_$d, o${n}_$d);
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
    out[row$n * H * D4 + head * D4 + ${d}u * PARTS + part] = Stored(o${n}_$d / sum$n);
    #end
    if (part == 0u) { lse[row$n * H + head] = m$n + log(sum$n); }
  }
  #end
}
