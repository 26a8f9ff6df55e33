// Positions of a local grid: the class entry as it is, the G x G grid resampled to L x L by a bicubic matrix
// on both axes. Writes local_positions (=). Dispatch ceil((1 + L L) * C4 / 64). CPU twin: src/reference/embed.ts
@group(0) @binding(#) var<storage, read> positions: array<vec4f>;             // (1 + G G, C4)
@group(0) @binding(#) var<storage, read> resample: array<f32>;                // (L, G)
@group(0) @binding(#) var<storage, read_write> local_positions: array<vec4f>; // (1 + L L, C4)

@compute @workgroup_size(64)
fn resample_positions(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  let id = wid.x * 64u + lid;
  let t = id / C4;
  let i = id % C4;
  if (t > L * L) { return; }
  if (t == 0u) {
    local_positions[i] = positions[i];
    return;
  }
  let ly = (t - 1u) / L;
  let lx = (t - 1u) % L;
  var sum = vec4f();
  for (var y = 0u; y < G; y++) {
    let wy = resample[ly * G + y];
    if (wy != 0.0) {
      var line = vec4f();
      for (var x = 0u; x < G; x++) { line += resample[lx * G + x] * positions[(1u + y * G + x) * C4 + i]; }
      sum += wy * line;
    }
  }
  local_positions[id] = sum;
}
