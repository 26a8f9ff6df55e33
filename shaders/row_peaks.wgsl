// Where each row is largest, the first place of several: the prototype that a row of targets favours.
// Writes peaks (=), from row0 on. One workgroup per row: dispatch rows, folded. CPU twin: src/reference/health.ts
struct Params { rows: u32, row0: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> values: array<vec4f>;      // (rows, K4), 0 in the padding
@group(0) @binding(#) var<storage, read_write> peaks: array<f32>;   // (all rows): columns

@compute @workgroup_size(WG)
fn row_peaks(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let row = wid.x + wid.y * count.x;
  if (row >= params.rows) { return; }
  var most = -1.0;
  var at = 0u;
  for (var i = lid; i < K4; i += WG) {
    let v = values[row * K4 + i];
    let largest = max(max(v.x, v.y), max(v.z, v.w));
    if (largest > most) {
      most = largest;
      at = 4u * i + select(select(select(3u, 2u, v.z == largest), 1u, v.y == largest), 0u, v.x == largest);
    }
  }
  // Columns are below 2^24, so exact as floats.
  let first = -reduce_max(select(-3.0e38, -f32(at), most == reduce_max(most, lid)), lid);
  if (lid == 0u) { peaks[params.row0 + row] = first; }
}
