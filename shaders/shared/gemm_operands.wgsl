@group(0) @binding(#) var<storage, read> a: array<vec4f>;
@group(0) @binding(#) var<storage, read> b: array<vec4f>;
