// Adds the sums of a matrix's columns, and those of their squares, to moments (+=). One thread per quad of columns.
// Dispatch ceil(C4 / 64). CPU twin: src/reference/health.ts
struct Params { rows: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> x: array<vec4f>;               // (rows, C4)
@group(0) @binding(#) var<storage, read_write> moments: array<vec4f>;   // (2, C4): sums, sums of squares

@compute @workgroup_size(64)
fn column_moments(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = wid.x * 64u + lid;
  if (i >= C4) { return; }
  var sum = vec4f();
  var squares = vec4f();
  for (var row = 0u; row < params.rows; row++) {
    let v = x[row * C4 + i];
    sum += v;
    squares = fma(v, v, squares);
  }
  moments[i] += sum;
  moments[C4 + i] += squares;
}
