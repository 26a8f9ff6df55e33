// Solarizes each view where asked, normalises it and lays it out as rows of patches, views in order:
// column c*P*P + (y%P)*P + x%P of row (y/P)*(side/P) + x/P is (pixel / 255 - mean) / deviation.
// Writes patches (=, padding columns 0). One thread per pixel of all views: dispatch ceil(pixels / 64), folded.
// P patch side, STRIDE columns with padding. CPU twin: src/reference/views.ts, viewInput
struct Params { mean_r: f32, mean_g: f32, mean_b: f32, std_r: f32, std_g: f32, std_b: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> views: array<View>;
@group(0) @binding(#) var<storage, read> pixels: array<u32>;         // (views, side, side)
@group(0) @binding(#) var<storage, read_write> patches: array<f32>;  // (rows, STRIDE)

@compute @workgroup_size(64)
fn view_finish(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.x + wid.y * count.x) * 64u + lid;
  let mine = share(i, GLOBAL * GLOBAL, LOCAL * LOCAL);
  if (mine.view >= VIEWS_GLOBAL + VIEWS_LOCAL) { return; }
  let side = view_side(mine.view);
  let x = mine.item % side;
  let y = mine.item / side;
  var p = pixel(pixels[i]);
  if ((views[mine.view].flags & 4u) != 0u) { p = select(vec3u(255u) - p, p, p < vec3u(128u)); }
  let mean = vec3f(params.mean_r, params.mean_g, params.mean_b);
  let value = (vec3f(p) / 255.0 - mean) / vec3f(params.std_r, params.std_g, params.std_b);
  let row = view_start(mine.view) / (P * P) + y / P * (side / P) + x / P;
  let column = y % P * P + x % P;
  for (var c = 0u; c < 3u; c++) { patches[row * STRIDE + c * P * P + column] = value[c]; }
  if (column == 0u) {
    for (var c = 3u * P * P; c < STRIDE; c++) { patches[row * STRIDE + c] = 0.0; }
  }
}
