// LayerNorm backward, parameter gradients: dweight = sum of dy * xhat, dbias = sum of dy over the rows.
// A thread sums one quad of channels over its share of the rows into a slice: (C4) dweight, (C4) dbias (=).
// Dispatch ceil(S * C4 / 64), folded; S slices. CPU twin: src/reference/layernorm.ts
struct Params { N: u32, share: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> dy: array<vec4f>;           // (N, C4)
@group(0) @binding(#) var<storage, read> x: array<vec4f>;            // (N, C4)
@group(0) @binding(#) var<storage, read> stats: array<vec2f>;        // (N)
@group(0) @binding(#) var<storage, read_write> slices: array<vec4f>; // (S, 2 C4)

@compute @workgroup_size(64)
fn layernorm_gradients(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let id = (wid.x + wid.y * count.x) * 64u + lid;
  if (id >= S * C4) { return; }
  let slice = id / C4;
  let i = id % C4;
  var dweight = vec4f();
  var dbias = vec4f();
  let end = min(params.N, (slice + 1u) * params.share);
  var row = slice * params.share;
  // Several rows are on their way at a time; they are added in their order.
  for (; row + 4u <= end; row += 4u) {
    #for r in 0..4
    let g$r = dy[(row + ${r}u) * C4 + i];
    let x$r = x[(row + ${r}u) * C4 + i];
    let s$r = stats[row + ${r}u];
    #end
    #for r in 0..4
    dweight += g$r * (x$r - s$r.x) * s$r.y;
    dbias += g$r;
    #end
  }
  for (; row < end; row++) {
    let g = dy[row * C4 + i];
    let s = stats[row];
    dweight += g * (x[row * C4 + i] - s.x) * s.y;
    dbias += g;
  }
  let real = 4u * i + vec4u(0u, 1u, 2u, 3u) < vec4u(C);
  slices[slice * 2u * C4 + i] = select(vec4f(), dweight, real);
  slices[slice * 2u * C4 + C4 + i] = select(vec4f(), dbias, real);
}
