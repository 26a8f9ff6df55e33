// A weight gradient (O rows, I4 quads) and, with BIAS, its bias gradient (O4 quads). Unsplit sums are
// added to the parameter gradients; split ones go to slices that gradient_sum adds in a fixed order.
#if SPLIT
@group(0) @binding(#) var<storage, read_write> slices: array<vec4f>;  // (splits, 4*O4*I4 [+ O4]), =
fn store_gradient(z: u32, row: u32, i4: u32, v: vec4f) { slices[z * params.slice4 + row * I4 + i4] = v; }
fn store_bias(z: u32, o4: u32, v: vec4f) { slices[z * params.slice4 + 4u * O4 * I4 + o4] = v; }
#else
@group(0) @binding(#) var<storage, read_write> dweight: array<vec4f>; // (4*O4, I4), +=
fn store_gradient(z: u32, row: u32, i4: u32, v: vec4f) { dweight[row * I4 + i4] += v; }
#if BIAS
@group(0) @binding(#) var<storage, read_write> dbias: array<vec4f>;   // (O4), +=
fn store_bias(z: u32, o4: u32, v: vec4f) {
  #if QKV
  // Softmax ignores what all keys have in common, so the keys' bias has no gradient but rounding noise.
  if (o4 / (O4 / 3u) == 1u) { return; }
  #end
  dbias[o4] += v;
}
#end
#end
