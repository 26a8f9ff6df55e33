// Adds S slices of partial gradients, in order, to the gradients of a weight and (with BIAS) of a bias;
// QKV leaves out the middle third of the bias, the keys'.
// A slice holds weight4 quads of the weight, then the bias. Writes dweight, dbias (+=).
// Dispatch ceil(slice4 / 64), folded.
struct Params { S: u32, slice4: u32, weight4: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> slices: array<vec4f>;        // (S, slice4)
@group(0) @binding(#) var<storage, read_write> dweight: array<vec4f>; // (weight4)
#if BIAS
@group(0) @binding(#) var<storage, read_write> dbias: array<vec4f>;   // (slice4 - weight4)
#end

@compute @workgroup_size(64)
fn gradient_sum(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.x + wid.y * count.x) * 64u + lid;
  if (i >= params.slice4) { return; }
  var sum = slices[i];
  for (var s = 1u; s < params.S; s++) { sum += slices[s * params.slice4 + i]; }
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
