// The sum over the PARTS threads that share a row, neighbours in a subgroup: each of them gets it.
enable subgroups;
requires subgroup_id;
fn together(own: f32) -> f32 {
  var sum = own;
  #for p in 0..PAIRINGS
  sum += subgroupShuffleXor(sum, 1u << ${p}u);
  #end
  return sum;
}
