// KoLeo backward: the gradient reaches a normalised feature through its own distance and through those of the
// images whose nearest neighbour it is, then passes the normalisation. Writes dfeatures (+=).
// One workgroup per image and view: dispatch (B, 2, 1). CPU twin: src/reference/koleo.ts
struct Params { weight: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> features: array<vec4f>;         // (rows, C4)
@group(0) @binding(#) var<storage, read> neighbors: array<vec4f>;        // (2, B): j, d, |x_i|, 0
@group(0) @binding(#) var<storage, read_write> dfeatures: array<vec4f>;  // (rows, C4)

fn unit(view: u32, k: u32, c: u32) -> vec4f { return features[(k * VIEWS + view) * C4 + c] / neighbors[view * B + k].z; }

// Gradient of image k's loss in its difference f_k - f_j.
fn pull(view: u32, k: u32, c: u32) -> vec4f {
  let n = neighbors[view * B + k];
  let e = unit(view, k, c) - unit(view, u32(n.x), c) + 1e-8;
  return select(vec4f(), -e / (n.y * (n.y + 1e-8) * f32(B)), 4u * c + vec4u(0u, 1u, 2u, 3u) < vec4u(C));
}

fn gradient(view: u32, i: u32, c: u32) -> vec4f {
  var g = pull(view, i, c);
  for (var k = 0u; k < B; k++) {
    if (u32(neighbors[view * B + k].x) == i) { g -= pull(view, k, c); }
  }
  return g;
}

@compute @workgroup_size(WG)
fn koleo_backward(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = wid.x;
  var product = 0.0;
  for (var c = lid; c < C4; c += WG) { product += dot(gradient(wid.y, i, c), unit(wid.y, i, c)); }
  let along = reduce_sum(product, lid);
  let norm = neighbors[wid.y * B + i].z;
  for (var c = lid; c < C4; c += WG) {
    dfeatures[(i * VIEWS + wid.y) * C4 + c] += params.weight * (gradient(wid.y, i, c) - unit(wid.y, i, c) * along) / norm;
  }
}
