// Sums of the tokens' gradients over sequences, position by position: over the global sequences, over
// their masked tokens, and over the local sequences. Writes sums (=): rows [0, SEQ_TG) global,
// [SEQ_TG, 2 SEQ_TG) masked, then SEQ_TL local. Dispatch ceil((2 SEQ_TG + SEQ_TL) * C4 / 64), folded.
// CPU twin: src/reference/embed.ts
@group(0) @binding(#) var<storage, read> dtokens: array<vec4f>;    // (rows, C4)
@group(0) @binding(#) var<storage, read> mask: array<u32>;         // (SEQ_G, SEQ_TG - 1)
@group(0) @binding(#) var<storage, read_write> sums: array<vec4f>; // (2 SEQ_TG + SEQ_TL, C4)

@compute @workgroup_size(64)
fn embed_sums_backward(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let id = (wid.x + wid.y * count.x) * 64u + lid;
  let line = id / C4;
  let i = id % C4;
  if (line >= 2u * SEQ_TG + SEQ_TL) { return; }
  var sum = vec4f();
  if (line < SEQ_TG) {
    for (var s = 0u; s < SEQ_G; s++) { sum += dtokens[(s * SEQ_TG + line) * C4 + i]; }
  } else if (line < 2u * SEQ_TG) {
    let t = line - SEQ_TG;
    if (t > 0u) {
      for (var s = 0u; s < SEQ_G; s++) {
        if (mask[s * (SEQ_TG - 1u) + t - 1u] != 0u) { sum += dtokens[(s * SEQ_TG + t) * C4 + i]; }
      }
    }
  } else {
    for (var s = 0u; s < SEQ_L; s++) { sum += dtokens[(SEQ_G * SEQ_TG + s * SEQ_TL + line - 2u * SEQ_TG) * C4 + i]; }
  }
  sums[id] = sum;
}
