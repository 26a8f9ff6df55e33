// Tokens from embedded patches: class token first, masked patches replaced by the mask token (MASK),
// then positions added; local sequences take the resampled positions. Writes tokens (=).
// Dispatch ceil(rows * C4 / 64), folded. CPU twin: src/reference/embed.ts
struct Params { rows: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> patches: array<vec4f>;    // packed as tokens, without class rows; C4 quads
@group(0) @binding(#) var<storage, read> cls_token: array<vec4f>;  // (C4)
@group(0) @binding(#) var<storage, read> positions: array<vec4f>;  // (SEQ_TG, C4)
#if LOCAL
@group(0) @binding(#) var<storage, read> local_positions: array<vec4f>; // (SEQ_TL, C4)
#end
#if MASK
@group(0) @binding(#) var<storage, read> mask_token: array<vec4f>; // (C4)
@group(0) @binding(#) var<storage, read> mask: array<u32>;         // (SEQ_G, SEQ_TG - 1)
#end
@group(0) @binding(#) var<storage, read_write> tokens: array<vec4f>; // (rows, C4)

@compute @workgroup_size(64)
fn embed_tokens(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let id = (wid.x + wid.y * count.x) * 64u + lid;
  if (id >= params.rows * C4) { return; }
  let row = id / C4;
  let i = id % C4;
  let s = sequence_of(row);
  let t = row - sequence_start(s);
  var v: vec4f;
  if (t == 0u) {
    v = cls_token[i];
  } else {
    v = patches[(row - s - 1u) * C4 + i]; // s + 1 class rows come before this patch
    #if MASK
    if (s < SEQ_G) {
      if (mask[s * (SEQ_TG - 1u) + t - 1u] != 0u) { v = mask_token[i]; }
    }
    #end
  }
  #if LOCAL
  if (s >= SEQ_G) { v += local_positions[t * C4 + i]; } else { v += positions[t * C4 + i]; }
  #else
  v += positions[t * C4 + i];
  #end
  tokens[id] = v;
}
