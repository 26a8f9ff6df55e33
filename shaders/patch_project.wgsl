// Coordinates of patch tokens along three directions: (x - mean) . v.
// Writes projection (=), the fourth word 0. One thread per patch. Dispatch ceil(N / 64), folded. CPU twin: src/reference/patches.ts
struct Params { N: u32, T: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> tokens: array<vec4f>;            // (sequences * T, C4), the class token first
@group(0) @binding(#) var<storage, read> mean: array<vec4f>;              // (C4)
@group(0) @binding(#) var<storage, read> directions: array<vec4f>;        // (3, C4)
@group(0) @binding(#) var<storage, read_write> projection: array<vec4f>;  // (sequences * (T - 1))

@compute @workgroup_size(64)
fn patch_project(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let n = (wid.x + wid.y * count.x) * 64u + lid;
  if (n >= params.N) { return; }
  let patches = params.T - 1u;
  let row = ((n / patches) * params.T + 1u + n % patches) * C4;
  var s = vec3f();
  for (var i = 0u; i < C4; i++) {
    let x = tokens[row + i] - mean[i];
    s += vec3f(dot(x, directions[i]), dot(x, directions[C4 + i]), dot(x, directions[2u * C4 + i]));
  }
  projection[n] = vec4f(s, 0.0);
}
