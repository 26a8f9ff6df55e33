// Adds this micro-batch's losses to the step's numbers, in a fixed order: numbers[0] class-token loss, [1] patch
// loss, [2] KoLeo, [3] mean entropy of the teacher's class rows (+=). One workgroup: dispatch 1.
struct Params { rows: u32, cls_rows: u32, teacher_cls_rows: u32, entropy_scale: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> losses: array<f32>;         // (rows)
@group(0) @binding(#) var<storage, read> entropy: array<f32>;        // (teacher rows)
#if KOLEO
@group(0) @binding(#) var<storage, read> koleo: array<f32>;          // (KOLEO_ROWS)
#end
@group(0) @binding(#) var<storage, read_write> numbers: array<f32>;

@compute @workgroup_size(WG)
fn step_losses(@builtin(local_invocation_index) lid: u32) {
  var dino = 0.0;
  var ibot = 0.0;
  for (var i = lid; i < params.rows; i += WG) {
    if (i < params.cls_rows) { dino += losses[i]; } else { ibot += losses[i]; }
  }
  var h = 0.0;
  for (var i = lid; i < params.teacher_cls_rows; i += WG) { h += entropy[i]; }
  let a = reduce_sum(dino, lid);
  let b = reduce_sum(ibot, lid);
  let e = reduce_sum(h, lid);
  #if KOLEO
  var spread = 0.0;
  for (var i = lid; i < KOLEO_ROWS; i += WG) { spread += koleo[i]; }
  let k = reduce_sum(spread, lid);
  #end
  if (lid == 0u) {
    numbers[0] += a;
    numbers[1] += b;
    #if KOLEO
    numbers[2] += k;
    #end
    numbers[3] += e * params.entropy_scale;
  }
}
