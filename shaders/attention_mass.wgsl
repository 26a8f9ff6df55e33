// How much of a query's attention on patches lies on patch i and on all patches that get less (of equals, those before it):
// mass[h, i] = sum over j ranked up to i of a[h, j] / sum of a[h]. The patches that together hold a share t of the
// attention, the strongest first, are those whose mass exceeds 1 - t.
// Writes mass (=). One thread per head and patch. Dispatch (ceil((T - 1) / 64), H, 1). CPU twin: src/reference/patches.ts
struct Params { T: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> weights: array<f32>;     // (H, T), the class token first
@group(0) @binding(#) var<storage, read_write> mass: array<f32>;  // (H, T - 1)

@compute @workgroup_size(64)
fn attention_mass(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  let n = params.T - 1u;
  let i = wid.x * 64u + lid;
  if (i >= n) { return; }
  let row = wid.y * params.T + 1u;
  let own = weights[row + i];
  var sum = 0.0;
  var upTo = 0.0;
  for (var j = 0u; j < n; j++) {
    let a = weights[row + j];
    sum += a;
    if (a < own || (a == own && j <= i)) { upTo += a; }
  }
  mass[wid.y * n + i] = select(0.0, upTo / sum, sum > 0.0);
}
