enable subgroups;
// Sum and maximum over the WG threads of a workgroup that is exactly one subgroup.
fn reduce_sum(v: f32, lid: u32) -> f32 { return subgroupAdd(v); }
fn reduce_max(v: f32, lid: u32) -> f32 { return subgroupMax(v); }
