// Gradients of class token, mask token and positions from the sums over sequences; the local sums go back
// through the transposed bicubic matrix (LOCAL). Writes dcls, dmask, dpositions (+=).
// Dispatch ceil((SEQ_TG + 1) * C4 / 64): the last row of threads is the mask token. CPU twin: src/reference/embed.ts
@group(0) @binding(#) var<storage, read> sums: array<vec4f>;             // (2 SEQ_TG + SEQ_TL, C4)
#if LOCAL
@group(0) @binding(#) var<storage, read> resample: array<f32>;           // (L, G): one axis
#end
@group(0) @binding(#) var<storage, read_write> dcls: array<vec4f>;       // (C4)
@group(0) @binding(#) var<storage, read_write> dmask: array<vec4f>;      // (C4)
@group(0) @binding(#) var<storage, read_write> dpositions: array<vec4f>; // (SEQ_TG, C4)

@compute @workgroup_size(64)
fn embed_parameters_backward(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  let id = wid.x * 64u + lid;
  let t = id / C4;
  let i = id % C4;
  if (t > SEQ_TG) { return; }
  if (t == SEQ_TG) {
    var sum = vec4f();
    for (var j = 1u; j < SEQ_TG; j++) { sum += sums[(SEQ_TG + j) * C4 + i]; }
    dmask[i] += sum;
    return;
  }
  var sum = sums[t * C4 + i];
  #if LOCAL
  if (t == 0u) {
    sum += sums[2u * SEQ_TG * C4 + i];
  } else {
    let y = (t - 1u) / G;
    let x = (t - 1u) % G;
    for (var ly = 0u; ly < L; ly++) {
      let wy = resample[ly * G + y];
      if (wy != 0.0) {
        for (var lx = 0u; lx < L; lx++) { sum += wy * resample[lx * G + x] * sums[(2u * SEQ_TG + 1u + ly * L + lx) * C4 + i]; }
      }
    }
  }
  #end
  if (t == 0u) { dcls[i] += sum; }
  dpositions[t * C4 + i] += sum;
}
