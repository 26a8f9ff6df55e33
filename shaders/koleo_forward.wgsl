// KoLeo: each image's nearest neighbour by cosine among the class tokens of the same global view, its
// distance d = |f_i - f_j + 1e-8| of normalised features, and its loss -log(d + 1e-8) / B.
// Class token of image i, view v is feature row i * VIEWS + v. Writes neighbors (=), losses (=).
// One workgroup per image and view: dispatch (B, 2, 1). CPU twin: src/reference/koleo.ts
@group(0) @binding(#) var<storage, read> features: array<vec4f>;          // (rows, C4)
@group(0) @binding(#) var<storage, read_write> neighbors: array<vec4f>;   // (2, B): j, d, |x_i|, 0
@group(0) @binding(#) var<storage, read_write> losses: array<f32>;        // (2, B)
var<workgroup> best_score: array<f32, 64>;
var<workgroup> best_row: array<u32, 64>;

fn norm(row: u32) -> f32 {
  var s = 0.0;
  for (var c = 0u; c < C4; c++) { s += dot(features[row * C4 + c], features[row * C4 + c]); }
  return max(sqrt(s), 1e-8);
}

@compute @workgroup_size(64)
fn koleo_forward(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = wid.x;
  let x = i * VIEWS + wid.y;
  var score = -3.0e38;
  var found = 0u;
  for (var k = lid; k < B; k += 64u) {
    let y = k * VIEWS + wid.y;
    var s = 0.0;
    for (var c = 0u; c < C4; c++) { s += dot(features[x * C4 + c], features[y * C4 + c]); }
    s /= norm(y);
    if (k != i && s > score) {
      score = s;
      found = k;
    }
  }
  best_score[lid] = score;
  best_row[lid] = found;
  workgroupBarrier();
  if (lid == 0u) {
    for (var t = 1u; t < 64u; t++) {
      if (best_score[t] > score || (best_score[t] == score && best_row[t] < found)) {
        score = best_score[t];
        found = best_row[t];
      }
    }
    let nx = norm(x);
    let y = found * VIEWS + wid.y;
    let ny = norm(y);
    var square = 0.0;
    for (var c = 0u; c < C; c++) {
      let e = features[x * C4 + c / 4u][c % 4u] / nx - features[y * C4 + c / 4u][c % 4u] / ny + 1e-8;
      square += e * e;
    }
    let d = sqrt(square);
    neighbors[wid.y * B + i] = vec4f(f32(found), d, nx, 0.0);
    losses[wid.y * B + i] = -log(d + 1e-8) / f32(B);
  }
}
