// What happens to a quad of a finished product C (rows, N4 quads) before it is written.
// BIAS adds bias[n]; GELU keeps the sum in `pre` and writes its GELU; RESIDUAL writes
// residual + drop[sequence] * gamma[n] * sum, keeping the sum in `branch` (BRANCH) for
// gamma's gradient; GELU_BACKWARD multiplies by the derivative of GELU at `pre`. C_HALF stores 16 bits a number.
#if BIAS
@group(0) @binding(#) var<storage, read> bias: array<vec4f>;      // (N4)
#end
#if GAMMA
@group(0) @binding(#) var<storage, read> gamma: array<vec4f>;     // (N4)
#end
#if DROP
@group(0) @binding(#) var<storage, read> drop: array<f32>;        // (sequences)
#end
#if RESIDUAL
@group(0) @binding(#) var<storage, read> residual: array<vec4f>;  // (rows, N4)
#end
#if GELU_BACKWARD
@group(0) @binding(#) var<storage, read> pre: array<vec4f>;       // (rows, N4)
#end
#if C_HALF
enable f16;
@group(0) @binding(#) var<storage, read_write> c: array<vec4h>;   // (rows, N4), =
#else
@group(0) @binding(#) var<storage, read_write> c: array<vec4f>;   // (rows, N4), =
#end
#if GELU
@group(0) @binding(#) var<storage, read_write> pre: array<vec4f>; // (rows, N4), =
#end
#if BRANCH
@group(0) @binding(#) var<storage, read_write> branch: array<vec4f>; // (rows, N4), =
#end
fn store_quad(row: u32, n4: u32, sum: vec4f) {
  let at = row * N4 + n4;
  var v = sum;
#if BIAS
  v += bias[n4];
#end
#if GELU
  pre[at] = v;
  v = gelu(v);
#end
#if GELU_BACKWARD
  v *= gelu_derivative(pre[at]);
#end
#if BRANCH
  branch[at] = v;
#end
#if GAMMA
  v *= gamma[n4];
#end
#if DROP
  v *= drop[sequence_of(row)];
#end
#if RESIDUAL
  v += residual[at];
#end
#if C_HALF
  c[at] = vec4h(v);
#else
  c[at] = v;
#end
}
