// Adds S slices of partial gradients to the gradients of a weight and (with BIAS) of a bias, in a fixed order;
// QKV leaves out the middle third of the bias, the keys'. With PARTED, PARTS threads share the slices of a quad.
// A slice holds weight4 quads of the weight, then the bias. Writes dweight, dbias (+=).
// Dispatch ceil(slice4 / (64 / PARTS)), folded.
struct Params { S: u32, slice4: u32, weight4: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> slices: array<vec4f>;        // (S, slice4)
@group(0) @binding(#) var<storage, read_write> dweight: array<vec4f>; // (weight4)
#if BIAS
@group(0) @binding(#) var<storage, read_write> dbias: array<vec4f>;   // (slice4 - weight4)
#end
const QUADS: u32 = 64u / PARTS;
#if PARTED
var<workgroup> sums: array<vec4f, 64>;
#end

fn add(i: u32, sum: vec4f) {
  #if BIAS
  if (i >= params.weight4) {
    #if QKV
    // Softmax ignores what all keys have in common, so the keys' bias has no gradient but rounding noise.
    if ((i - params.weight4) / ((params.slice4 - params.weight4) / 3u) == 1u) { return; }
    #end
    dbias[i - params.weight4] += sum;
    return;
  }
  #end
  dweight[i] += sum;
}

@compute @workgroup_size(64)
fn gradient_sum(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.x + wid.y * count.x) * QUADS + lid % QUADS;
  let at = min(i, params.slice4 - 1u);
  let share = (params.S + PARTS - 1u) / PARTS;
  var s = lid / QUADS * share;
  let end = min(params.S, s + share);
  var sum = vec4f();
  // Several are on their way at a time; they are added in their order.
  for (; s + 8u <= end; s += 8u) {
    #for e in 0..8
    let v$e = slices[(s + ${e}u) * params.slice4 + at];
    #end
    #for e in 0..8
    sum += v$e;
    #end
  }
  for (; s < end; s++) { sum += slices[s * params.slice4 + at]; }
  #if PARTED
  sums[lid] = sum;
  workgroupBarrier();
  if (lid >= QUADS) { return; }
  for (var part = 1u; part < PARTS; part++) { sum += sums[part * QUADS + lid]; }
  #end
  if (i < params.slice4) { add(i, sum); }
}
