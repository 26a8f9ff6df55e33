// out[r] = x[index[r]], row by row. Writes out (=). A thread takes EACH quads of a row.
// Dispatch ceil(R * C4 / EACH / 64), folded.
struct Params { R: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> x: array<vec4f>;          // (N, C4)
@group(0) @binding(#) var<storage, read> index: array<u32>;        // (R)
@group(0) @binding(#) var<storage, read_write> out: array<vec4f>;  // (R, C4)

@compute @workgroup_size(64)
fn gather_rows(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let id = (wid.x + wid.y * count.x) * 64u + lid;
  if (id >= params.R * (C4 / EACH)) { return; }
  let i = id % (C4 / EACH) * EACH;
  let source = index[id / (C4 / EACH)] * C4 + i;
  let at = id / (C4 / EACH) * C4 + i;
  #for e in 0..EACH
  out[at + ${e}u] = x[source + ${e}u];
  #end
}
