// Backward of gather_rows where no row was gathered twice: dx[n] = dout[place[n]], or 0 where place is
// 0xffffffff. Writes dx (=). Dispatch ceil(N * C4 / 64), folded.
struct Params { N: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> dout: array<vec4f>;      // (R, C4)
@group(0) @binding(#) var<storage, read> place: array<u32>;       // (N)
@group(0) @binding(#) var<storage, read_write> dx: array<vec4f>;  // (N, C4)

@compute @workgroup_size(64)
fn scatter_rows(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let id = (wid.x + wid.y * count.x) * 64u + lid;
  if (id >= params.N * C4) { return; }
  let source = place[id / C4];
  var v = vec4f();
  if (source != 0xffffffffu) { v = dout[source * C4 + id % C4]; }
  dx[id] = v;
}
