// Backward of gather_rows where no row was gathered twice: dx[n] = dout[place[n]], or 0 where place is
// 0xffffffff. A thread takes EACH quads of a row. Writes dx (=).
// Dispatch ceil(N * C4 / EACH / 64), folded.
struct Params { N: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> dout: array<vec4f>;      // (R, C4)
@group(0) @binding(#) var<storage, read> place: array<u32>;       // (N)
@group(0) @binding(#) var<storage, read_write> dx: array<vec4f>;  // (N, C4)

@compute @workgroup_size(64)
fn scatter_rows(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let id = (wid.x + wid.y * count.x) * 64u + lid;
  if (id >= params.N * (C4 / EACH)) { return; }
  let i = id % (C4 / EACH) * EACH;
  let at = id / (C4 / EACH) * C4 + i;
  let source = place[id / (C4 / EACH)];
  // A row from nowhere reads the first one and counts for nothing.
  let from_somewhere = source != 0xffffffffu;
  let start = select(0u, source, from_somewhere) * C4 + i;
  #for e in 0..EACH
  dx[at + ${e}u] = select(vec4f(), dout[start + ${e}u], from_somewhere);
  #end
}
