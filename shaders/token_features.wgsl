// Two features of each sequence of T normed tokens: the class token, and the mean of the patch tokens.
// Writes features (=): (sequences, 2, C4). Dispatch ceil(sequences * 2 * C4 / 64), folded.
// CPU twin: src/reference/features.ts
struct Params { sequences: u32, T: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> tokens: array<vec4f>;          // (sequences * T, C4)
@group(0) @binding(#) var<storage, read_write> features: array<vec4f>;  // (sequences, 2, C4)

@compute @workgroup_size(64)
fn token_features(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let id = (wid.x + wid.y * count.x) * 64u + lid;
  if (id >= params.sequences * 2u * C4) { return; }
  let s = id / (2u * C4);
  let i = id % C4;
  let base = s * params.T * C4 + i;
  if ((id / C4) % 2u == 0u) {
    features[id] = tokens[base];
    return;
  }
  var sum = vec4f();
  for (var t = 1u; t < params.T; t++) { sum += tokens[base + t * C4]; }
  features[id] = sum / f32(params.T - 1u);
}
