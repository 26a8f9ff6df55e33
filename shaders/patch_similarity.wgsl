// Cosine of the angle between one token and every patch token: x . q / (|x| |q|), 0 where one of them is 0.
// Writes similarity (=). One thread per patch. Dispatch ceil(N / 64), folded, N = sequences * (T - 1). CPU twin: src/reference/patches.ts
struct Params { N: u32, T: u32, query: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> queries: array<vec4f>;         // rows of C4: `query` is the row that counts
@group(0) @binding(#) var<storage, read> tokens: array<vec4f>;          // (sequences * T, C4), the class token first
@group(0) @binding(#) var<storage, read_write> similarity: array<f32>;  // (sequences, T - 1)

@compute @workgroup_size(64)
fn patch_similarity(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let n = (wid.x + wid.y * count.x) * 64u + lid;
  if (n >= params.N) { return; }
  let patches = params.T - 1u;
  let row = ((n / patches) * params.T + 1u + n % patches) * C4;
  var both = 0.0;
  var own = 0.0;
  var asked = 0.0;
  for (var i = 0u; i < C4; i++) {
    let x = tokens[row + i];
    let q = queries[params.query * C4 + i];
    both += dot(x, q);
    own += dot(x, x);
    asked += dot(q, q);
  }
  let lengths = sqrt(own) * sqrt(asked);
  similarity[n] = select(0.0, both / lengths, lengths > 0.0);
}
