// Gradient of the embedded patches: that of their token, or 0 where the token was masked. Writes dpatches (=).
// Dispatch ceil(patches * C4 / 64), folded. CPU twin: src/reference/embed.ts
struct Params { patches: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> dtokens: array<vec4f>;        // (rows, C4)
@group(0) @binding(#) var<storage, read> mask: array<u32>;             // (SEQ_G, SEQ_TG - 1)
@group(0) @binding(#) var<storage, read_write> dpatches: array<vec4f>; // (patches, C4)

@compute @workgroup_size(64)
fn embed_patches_backward(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let id = (wid.x + wid.y * count.x) * 64u + lid;
  if (id >= params.patches * C4) { return; }
  let patch_row = id / C4;
  let in_globals = SEQ_G * (SEQ_TG - 1u);
  var s: u32;
  var hidden = false;
  if (patch_row < in_globals) {
    s = patch_row / (SEQ_TG - 1u);
    hidden = mask[patch_row] != 0u;
  } else {
    s = SEQ_G + (patch_row - in_globals) / max(1u, SEQ_TL - 1u);
  }
  dpatches[id] = select(dtokens[(patch_row + s + 1u) * C4 + id % C4], vec4f(), hidden);
}
