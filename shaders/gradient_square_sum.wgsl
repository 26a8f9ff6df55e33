// Sum of squares of the gradients that take part in this step (the first `active4` quads), in PARTS fixed shares.
// Writes parts (=). Dispatch PARTS. CPU twin: src/reference/adamw.ts
struct Params { active4: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(#) var<storage, read_write> parts: array<f32>;  // (PARTS)

@compute @workgroup_size(WG)
fn gradient_square_sum(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  var square = 0.0;
  for (var i = wid.x * WG + lid; i < params.active4; i += PARTS * WG) { square += dot(gradients[i], gradients[i]); }
  let sum = reduce_sum(square, lid);
  if (lid == 0u) { parts[wid.x] = sum; }
}
