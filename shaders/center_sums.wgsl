// Column sums of raw teacher logits, class rows and patch rows apart, for the centers. Rows below cls_rows
// (counted from row0 on) are class rows. A thread sums one quad of prototypes over its share of the rows into
// a slice: (K4) class, (K4) patch (=). Dispatch ceil(S * K4 / 64), folded. CPU twin: src/reference/cross-entropy.ts
struct Params { rows: u32, row0: u32, cls_rows: u32, share: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> logits: array<vec4f>;       // (rows, K4)
@group(0) @binding(#) var<storage, read_write> slices: array<vec4f>; // (S, 2 K4)

@compute @workgroup_size(64)
fn center_sums(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let id = (wid.x + wid.y * count.x) * 64u + lid;
  if (id >= S * K4) { return; }
  let slice = id / K4;
  let i = id % K4;
  var cls = vec4f();
  var patches = vec4f();
  for (var row = slice * params.share; row < min(params.rows, (slice + 1u) * params.share); row++) {
    if (params.row0 + row < params.cls_rows) { cls += logits[row * K4 + i]; } else { patches += logits[row * K4 + i]; }
  }
  slices[slice * 2u * K4 + i] = cls;
  slices[slice * 2u * K4 + K4 + i] = patches;
}
