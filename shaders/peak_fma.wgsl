// As many multiply-adds as the device can do, for its measured peak: CHAINS independent quads a thread,
// each value v replaced by v * a + b, COUNT times UNROLL of them.
// Writes out (=), the sum of a thread's chains. Dispatch threads / 64. CPU twin: src/reference/peak.ts
struct Params { a: f32, b: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read_write> out: array<vec4f>;  // (threads)

@compute @workgroup_size(64)
fn peak_fma(@builtin(global_invocation_id) id: vec3u) {
  let a = vec4f(params.a);
  let b = vec4f(params.b);
  #for c in 0..CHAINS
  var v$c = vec4f(f32(id.x % 64u), 1.0, 2.0, ${c}.0);
  #end
  for (var i = 0u; i < COUNT; i++) {
    #for u in 0..UNROLL
    #for c in 0..CHAINS
    v$c = fma(v$c, a, b);
    #end
    #end
  }
  var sum = vec4f();
  #for c in 0..CHAINS
  sum += v$c;
  #end
  out[id.x] = sum;
}
