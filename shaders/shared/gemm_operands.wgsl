// Both operands as quads; 16-bit ones (A_HALF, B_HALF) are widened as they are read. A weight's size is known (B_SIZED),
// which makes its bounds checks cheaper.
#if A_HALF
enable f16;
alias QuadA = vec4h;
#else
alias QuadA = vec4f;
#end
#if B_HALF
enable f16;
alias QuadB = vec4h;
#else
alias QuadB = vec4f;
#end
@group(0) @binding(#) var<storage, read> a: array<QuadA>;
#if B_SIZED
@group(0) @binding(#) var<storage, read> b: array<QuadB, 4u * N4 * K4>;
#else
@group(0) @binding(#) var<storage, read> b: array<QuadB>;
#end
