// centers = momentum * centers + rest * sums / rows, rest = 1 - momentum, class and patch; a center without rows stays, and
// so do both where the step was refused (numbers[5] is 0). Writes centers (=). Dispatch ceil(2 K4 / 64).
// CPU twin: src/reference/cross-entropy.ts
struct Params { cls_rows: f32, patch_rows: f32, momentum: f32, rest: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> sums: array<vec4f>;          // (2, K4)
@group(0) @binding(#) var<storage, read> numbers: array<f32>;
@group(0) @binding(#) var<storage, read_write> centers: array<vec4f>; // (2, K4)

@compute @workgroup_size(64)
fn center_update(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = wid.x * 64u + lid;
  let rows = select(params.patch_rows, params.cls_rows, i < K4);
  if (i >= 2u * K4 || rows == 0.0 || numbers[5] == 0.0) { return; }
  centers[i] = params.momentum * centers[i] + params.rest * (sums[i] / rows);
}
