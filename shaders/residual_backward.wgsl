// Backward of y = x + drop * gamma * branch: dbranch = drop * gamma * dy (=), and, with GAMMA, the slices
// of dgamma = sum of drop * dy * branch over the rows (=). dx is dy itself.
// A thread walks EACH quads of channels through its share of the rows, ROWS at a time.
// Dispatch ceil(S * C4 / EACH / WG), folded.
// CPU twin: src/reference/residual.ts
struct Params { N: u32, share: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> dy: array<vec4f>;            // (N, C4)
#if DROP
@group(0) @binding(#) var<storage, read> drop: array<f32>;            // (sequences)
#end
#if GAMMA
@group(0) @binding(#) var<storage, read> gamma: array<vec4f>;         // (C4)
@group(0) @binding(#) var<storage, read> branch: array<vec4f>;        // (N, C4)
#end
@group(0) @binding(#) var<storage, read_write> dbranch: array<vec4f>; // (N, C4)
#if GAMMA
@group(0) @binding(#) var<storage, read_write> slices: array<vec4f>;  // (S, C4)
#end

@compute @workgroup_size(WG)
fn residual_backward(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let id = (wid.x + wid.y * count.x) * WG + lid;
  if (id >= S * (C4 / EACH)) { return; }
  let slice = id / (C4 / EACH);
  let i = id % (C4 / EACH) * EACH;
  #if GAMMA
  #for e in 0..EACH
  let gamma$e = gamma[i + ${e}u];
  var dgamma$e = vec4f();
  #end
  #end
  let end = min(params.N, (slice + 1u) * params.share);
  for (var row = slice * params.share; row < end; row += ROWS) {
    // A row behind the last one is the last one once more, written twice and not counted.
    #for r in 0..ROWS
    let row$r = min(row + ${r}u, end - 1u);
    #if DROP
    let factor$r = drop[sequence_of(row$r)];
    #end
    #for e in 0..EACH
    var g${r}_$e = dy[row$r * C4 + i + ${e}u];
    #if GAMMA
    let b${r}_$e = branch[row$r * C4 + i + ${e}u];
    #end
    #end
    #end
    #for r in 0..ROWS
    #for e in 0..EACH
    #if DROP
    g${r}_$e *= factor$r;
    #end
    #if GAMMA
    dgamma$e = fma(select(vec4f(), g${r}_$e, row + ${r}u < end), b${r}_$e, dgamma$e);
    g${r}_$e *= gamma$e;
    #end
    dbranch[row$r * C4 + i + ${e}u] = g${r}_$e;
    #end
    #end
  }
  #if GAMMA
  #for e in 0..EACH
  slices[slice * C4 + i + ${e}u] = dgamma$e;
  #end
  #end
}
