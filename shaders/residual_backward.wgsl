// Backward of y = x + drop * gamma * branch: dbranch = drop * gamma * dy (=), and, with GAMMA, the slices
// of dgamma = sum of drop * dy * branch over the rows (=). dx is dy itself.
// A thread walks EACH quads of channels through its share of the rows. Dispatch ceil(S * C4 / EACH / 64), folded.
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

@compute @workgroup_size(64)
fn residual_backward(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let id = (wid.x + wid.y * count.x) * 64u + lid;
  if (id >= S * (C4 / EACH)) { return; }
  let slice = id / (C4 / EACH);
  let i = id % (C4 / EACH) * EACH;
  #if GAMMA
  #for e in 0..EACH
  let gamma$e = gamma[i + ${e}u];
  var dgamma$e = vec4f();
  #end
  #end
  for (var row = slice * params.share; row < min(params.N, (slice + 1u) * params.share); row++) {
    let at = row * C4 + i;
    #if DROP
    let factor = drop[sequence_of(row)];
    #end
    #for e in 0..EACH
    var g$e = dy[at + ${e}u];
    #if DROP
    g$e *= factor;
    #end
    #if GAMMA
    dgamma$e = fma(g$e, branch[at + ${e}u], dgamma$e);
    g$e *= gamma$e;
    #end
    dbranch[at + ${e}u] = g$e;
    #end
  }
  #if GAMMA
  #for e in 0..EACH
  slices[slice * C4 + i + ${e}u] = dgamma$e;
  #end
  #end
}
