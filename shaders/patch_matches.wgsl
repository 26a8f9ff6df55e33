// For each patch of one sequence the patch of another with the largest dot product; of equals the first.
// Writes matches (=): x the other patch, y the cosine of the angle between the two, as bits.
// One thread per patch. Dispatch ceil((T - 1) / 64). CPU twin: src/reference/patches.ts
struct Params { T: u32, from_sequence: u32, to_sequence: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> tokens: array<vec4f>;          // (sequences * T, C4), the class token first
@group(0) @binding(#) var<storage, read_write> matches: array<vec2u>;   // (T - 1)

@compute @workgroup_size(64)
fn patch_matches(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  let patches = params.T - 1u;
  let p = wid.x * 64u + lid;
  if (p >= patches) { return; }
  let row = (params.from_sequence * params.T + 1u + p) * C4;
  var best = 0u;
  var most = -3.4e38;
  var length2 = 0.0;
  for (var o = 0u; o < patches; o++) {
    let other = (params.to_sequence * params.T + 1u + o) * C4;
    var s = 0.0;
    var l2 = 0.0;
    for (var i = 0u; i < C4; i++) {
      let y = tokens[other + i];
      s += dot(tokens[row + i], y);
      l2 += dot(y, y);
    }
    if (s > most) {
      most = s;
      best = o;
      length2 = l2;
    }
  }
  var own2 = 0.0;
  for (var i = 0u; i < C4; i++) { own2 += dot(tokens[row + i], tokens[row + i]); }
  let lengths = sqrt(own2) * sqrt(length2);
  matches[p] = vec2u(best, bitcast<u32>(select(0.0, most / lengths, lengths > 0.0)));
}
