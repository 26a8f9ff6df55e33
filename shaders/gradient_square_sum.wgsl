// Sum of squares of the gradients that take part in this step (the first `active4` quads), in PARTS fixed shares.
// A thread takes EACH quads at a time, a workgroup's width apart.
// Writes parts (=). Dispatch PARTS. CPU twin: src/reference/adamw.ts
struct Params { active4: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(#) var<storage, read_write> parts: array<f32>;  // (PARTS)

@compute @workgroup_size(WG)
fn gradient_square_sum(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  var square = vec4f();
  for (var first = wid.x * WG * EACH; first < params.active4; first += PARTS * WG * EACH) {
    #for e in 0..EACH
    let i$e = first + ${e}u * WG + lid;
    let g$e = select(vec4f(), gradients[min(i$e, params.active4 - 1u)], i$e < params.active4);
    square = fma(g$e, g$e, square);
    #end
  }
  let sum = reduce_sum(square.x + square.y + square.z + square.w, lid);
  if (lid == 0u) { parts[wid.x] = sum; }
}
