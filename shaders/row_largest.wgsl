// The largest entry of each row and where it is; of equals the first.
// Writes best (=): x the column, y the entry's bits. One workgroup per row: dispatch rows, folded. CPU twin: src/reference/patterns.ts
struct Params { rows: u32, row0: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> scores: array<vec4f>;        // (rows, K4)
@group(0) @binding(#) var<storage, read_write> best: array<vec2u>;    // the first row's is that of row0

@compute @workgroup_size(WG)
fn row_largest(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let row = wid.x + wid.y * count.x;
  if (row >= params.rows) { return; }
  var most = -3.4e38;
  var at = 0u;
  for (var i = lid; i < K4; i += WG) {
    let s = scores[row * K4 + i];
    #for j in 0..4
    if (s[$j] > most && 4u * i + ${j}u < K) {
      most = s[$j];
      at = 4u * i + ${j}u;
    }
    #end
  }
  let top = reduce_max(most, lid);
  // The first column is the largest negative one; as floats they are exact up to 2^24.
  let first = reduce_max(select(-1.7e7, -f32(at), most == top), lid);
  if (lid == 0u) { best[params.row0 + row] = vec2u(u32(-first), bitcast<u32>(top)); }
}
