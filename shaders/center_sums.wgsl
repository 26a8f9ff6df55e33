// Column sums of the teacher's raw logits, for the centers, or of its targets, class rows and patch rows apart. Rows below cls_rows
// (counted from row0 on) are class rows. A share of the rows goes into
// a slice: (K4) class, (K4) patch (=). A thread sums EACH quads of prototypes next to each other.
// Dispatch ceil(S * K4 / EACH / 64), folded. CPU twin: src/reference/cross-entropy.ts
struct Params { rows: u32, row0: u32, cls_rows: u32, share: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> logits: array<vec4f>;       // (rows, K4)
@group(0) @binding(#) var<storage, read_write> slices: array<vec4f>; // (S, 2 K4)

@compute @workgroup_size(64)
fn center_sums(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let id = (wid.x + wid.y * count.x) * 64u + lid;
  if (id >= S * (K4 / EACH)) { return; }
  let slice = id / (K4 / EACH);
  let i = id % (K4 / EACH) * EACH;
  let end = min(params.rows, (slice + 1u) * params.share);
  #for e in 0..EACH
  var cls$e = vec4f();
  var patches$e = vec4f();
  #end
  var row = slice * params.share;
  for (; row < end && params.row0 + row < params.cls_rows; row++) {
    #for e in 0..EACH
    cls$e += logits[row * K4 + i + ${e}u];
    #end
  }
  for (; row < end; row++) {
    #for e in 0..EACH
    patches$e += logits[row * K4 + i + ${e}u];
    #end
  }
  #for e in 0..EACH
  slices[slice * 2u * K4 + i + ${e}u] = cls$e;
  slices[slice * 2u * K4 + K4 + i + ${e}u] = patches$e;
  #end
}
