// Both operands as quads; 16-bit ones (A_HALF, B_HALF) are widened as they are read.
#if A_HALF
enable f16;
@group(0) @binding(#) var<storage, read> a: array<vec4h>;
alias QuadA = vec4h;
#else
@group(0) @binding(#) var<storage, read> a: array<vec4f>;
alias QuadA = vec4f;
#end
#if B_HALF
enable f16;
@group(0) @binding(#) var<storage, read> b: array<vec4h>;
alias QuadB = vec4h;
#else
@group(0) @binding(#) var<storage, read> b: array<vec4f>;
alias QuadB = vec4f;
#end
