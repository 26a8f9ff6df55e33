// Copies quads, EACH a thread, for the device's measured bandwidth. Neighbours in a workgroup take neighbouring quads.
// Writes copied (=). Dispatch count4 / (64 EACH), folded; count4 is a multiple of 64 EACH. CPU twin: src/reference/peak.ts
@group(0) @binding(#) var<storage, read> input: array<vec4f>;      // (count4)
@group(0) @binding(#) var<storage, read_write> copied: array<vec4f>;  // (count4)

@compute @workgroup_size(64)
fn peak_copy(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let first = (wid.x + wid.y * count.x) * 64u * EACH;
  #if NEIGHBOURS
  // A software adapter runs a thread's accesses one after the other, so they had better be next to each other.
  let at = first + lid * EACH;
  #for e in 0..EACH
  copied[at + ${e}u] = input[at + ${e}u];
  #end
  #else
  #for e in 0..EACH
  copied[first + ${e}u * 64u + lid] = input[first + ${e}u * 64u + lid];
  #end
  #end
}
