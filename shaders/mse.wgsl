// Mean squared error over all entries: losses (=) gets each row's part of it, dy (=) the gradient 2 (y - target) scale.
// One workgroup per row: dispatch N, folded. CPU twin: src/reference/mse.ts
struct Params { N: u32, scale: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> y: array<vec4f>;             // (N, C4)
@group(0) @binding(#) var<storage, read> wanted: array<vec4f>;        // (N, C4)
@group(0) @binding(#) var<storage, read_write> losses: array<f32>;    // (N)
@group(0) @binding(#) var<storage, read_write> dy: array<vec4f>;      // (N, C4)

@compute @workgroup_size(WG)
fn mse(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let row = wid.x + wid.y * count.x;
  if (row >= params.N) { return; }
  var square = 0.0;
  for (var i = lid; i < C4; i += WG) {
    let difference = y[row * C4 + i] - wanted[row * C4 + i];
    square += dot(difference, difference);
    dy[row * C4 + i] = 2.0 * params.scale * difference;
  }
  let sum = reduce_sum(square, lid);
  if (lid == 0u) { losses[row] = sum * params.scale; }
}
