// Weighted covariance of patch tokens: sum of w (x - mean) (x - mean)^T, where the weights add up to 1.
// Writes covariance (=). One thread per 4 x 4 entries. Dispatch (ceil(C4 / 8), ceil(C4 / 8), 1). CPU twin: src/reference/patches.ts
struct Params { N: u32, T: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> tokens: array<vec4f>;            // (sequences * T, C4), the class token first
@group(0) @binding(#) var<storage, read> weights: array<f32>;             // (sequences, T - 1)
@group(0) @binding(#) var<storage, read> mean: array<vec4f>;              // (C4)
@group(0) @binding(#) var<storage, read_write> covariance: array<vec4f>;  // (4 C4, C4)

@compute @workgroup_size(8, 8)
fn patch_covariance(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= C4 || id.y >= C4) { return; }
  let patches = params.T - 1u;
  var a = vec4f();
  var b = vec4f();
  var c = vec4f();
  var d = vec4f();
  for (var n = 0u; n < params.N; n++) {
    let row = ((n / patches) * params.T + 1u + n % patches) * C4;
    let x = weights[n] * (tokens[row + id.y] - mean[id.y]);
    let y = tokens[row + id.x] - mean[id.x];
    a += x.x * y;
    b += x.y * y;
    c += x.z * y;
    d += x.w * y;
  }
  covariance[(4u * id.y) * C4 + id.x] = a;
  covariance[(4u * id.y + 1u) * C4 + id.x] = b;
  covariance[(4u * id.y + 2u) * C4 + id.x] = c;
  covariance[(4u * id.y + 3u) * C4 + id.x] = d;
}
