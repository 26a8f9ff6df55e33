// A copy in 16 bits a number, two to a word, for products to read. Writes half (=).
// Dispatch ceil(count4 / 256), folded. CPU twin: src/reference/half.ts
struct Params { count4: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> single: array<vec4f>;      // (count4)
@group(0) @binding(#) var<storage, read_write> half: array<vec2u>;  // (count4)

@compute @workgroup_size(256)
fn to_half(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.x + wid.y * count.x) * 256u + lid;
  if (i >= params.count4) { return; }
  let v = single[i];
  half[i] = vec2u(pack2x16float(v.xy), pack2x16float(v.zw));
}
