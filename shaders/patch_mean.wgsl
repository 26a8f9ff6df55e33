// Weighted mean of patch tokens: mean = sum of w x over all patches, where the weights add up to 1.
// Writes mean (=). One thread per quad of channels. Dispatch ceil(C4 / 64). CPU twin: src/reference/patches.ts
struct Params { N: u32, T: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> tokens: array<vec4f>;      // (sequences * T, C4), the class token first
@group(0) @binding(#) var<storage, read> weights: array<f32>;       // (sequences, T - 1)
@group(0) @binding(#) var<storage, read_write> mean: array<vec4f>;  // (C4)

@compute @workgroup_size(64)
fn patch_mean(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = wid.x * 64u + lid;
  if (i >= C4) { return; }
  let patches = params.T - 1u;
  var sum = vec4f();
  for (var n = 0u; n < params.N; n++) {
    sum += weights[n] * tokens[((n / patches) * params.T + 1u + n % patches) * C4 + i];
  }
  mean[i] = sum;
}
