// One pass over all parameters: clip by the global norm, decoupled weight decay, AdamW, then the teacher's EMA
// with the new weight. Where the gradient norm or a loss is not finite, nothing is changed, in this step or any later
// one: numbers[8] stays 1.
// Parameters lie in the order: decayed, spared (biases and 1-D), last layer. Quads from active4 on take no step
// (frozen); the EMA covers them all. Writes student, first, second, teacher (=), numbers[4] norm, [5] 1 when done.
// A workgroup takes ROUNDS times WG * EACH quads, a thread EACH a workgroup's width apart.
// Dispatch ceil(total4 / (WG * EACH * ROUNDS)), folded. CPU twin: src/reference/adamw.ts
struct Params {
  total4: u32, active4: u32, spared4: u32, last4: u32,
  lr: f32, beta1: f32, beta2: f32, eps: f32,
  clip: f32, ema: f32,
  // 1 - beta1, 1 - beta2, 1 - ema, 1 - lr decay: taken in double precision, where the subtraction loses nothing.
  rest1: f32, rest2: f32, ema_rest: f32, keep: f32, spared_keep: f32,
  correction1: f32, correction2: f32, last_correction1: f32, last_correction2: f32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(#) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(#) var<storage, read> parts: array<f32>;           // (PARTS)
@group(0) @binding(#) var<storage, read_write> student: array<vec4f>;
@group(0) @binding(#) var<storage, read_write> first: array<vec4f>;
@group(0) @binding(#) var<storage, read_write> second: array<vec4f>;
@group(0) @binding(#) var<storage, read_write> teacher: array<vec4f>;
@group(0) @binding(#) var<storage, read_write> numbers: array<f32>;

// By the bits: a shader compiler may assume that no value is NaN or infinite.
fn finite(v: f32) -> bool { return (bitcast<u32>(v) & 0x7f800000u) != 0x7f800000u; }

fn update(i: u32, scale: f32) {
  var w = student[i];
  if (i < params.active4) {
    let g = gradients[i] * scale;
    let last = i >= params.last4;
    let keep = select(params.keep, params.spared_keep, i >= params.spared4 && !last);
    let m = params.beta1 * first[i] + params.rest1 * g;
    let v = params.beta2 * second[i] + params.rest2 * g * g;
    let c1 = select(params.correction1, params.last_correction1, last);
    let c2 = select(params.correction2, params.last_correction2, last);
    w = w * keep - (params.lr / c1) * m / (sqrt(v) / c2 + params.eps);
    first[i] = m;
    second[i] = v;
    student[i] = w;
  }
  teacher[i] = params.ema * teacher[i] + params.ema_rest * w;
}

@compute @workgroup_size(WG)
fn adamw_ema(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  // Every workgroup adds the shares up in the same order, so all come to the same norm.
  var sum = 0.0;
  for (var i = lid; i < PARTS; i += WG) { sum += parts[i]; }
  let square = reduce_sum(sum, lid);
  let norm = sqrt(square);
  let fine = finite(square) && finite(numbers[0]) && finite(numbers[1]) && finite(numbers[2]) && numbers[8] == 0.0;
  let group = wid.x + wid.y * count.x;
  if (group == 0u && lid == 0u) {
    numbers[4] = norm;
    numbers[5] = select(0.0, 1.0, fine);
    if (!fine) { numbers[8] = 1.0; }
  }
  if (!fine) { return; }
  let scale = select(1.0, min(1.0, params.clip / (norm + 1e-6)), params.clip > 0.0);
  for (var round = 0u; round < ROUNDS; round++) {
    let at = (group * ROUNDS + round) * WG * EACH;
    #for e in 0..EACH
    let i$e = at + ${e}u * WG + lid;
    if (i$e < params.total4) { update(i$e, scale); }
    #end
  }
}
