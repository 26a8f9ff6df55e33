// Changes the colours of each view in the drawn order, then takes the colour away where asked: torchvision's
// jitter on 8-bit pixels. Contrast needs the mean luma at its turn: a first sweep sums it.
// Writes pixels (=, in place). One workgroup per view: dispatch the number of views, folded.
// CPU twin: src/reference/views.ts, brightness, contrast, saturation, hue, grayscale
// The hue is whole-number arithmetic: where it falls exactly between two 8-bit levels (0.3% of all colours)
// Pillow's float32 may take the lower one.
@group(0) @binding(#) var<storage, read> views: array<View>;
@group(0) @binding(#) var<storage, read_write> pixels: array<u32>;  // (views, side, side)

const THREADS = 256u;
const BRIGHTNESS = 1u;
const CONTRAST = 2u;
const SATURATION = 3u;
const HUE = 4u;

var<workgroup> sums: array<u32, THREADS>;

fn luma(p: vec3u) -> u32 { return (19595u * p.x + 38470u * p.y + 7471u * p.z + 32768u) >> 16u; }

// Cut off, not rounded.
fn blend(base: u32, p: vec3u, factor: f32) -> vec3u {
  let b = vec3f(f32(base));
  return vec3u(clamp(b + factor * (vec3f(p) - b), vec3f(0.0), vec3f(255.0)));
}

fn turn_hue(p: vec3u, shift: u32) -> vec3u {
  let v = max(p.x, max(p.y, p.z));
  let range = v - min(p.x, min(p.y, p.z));
  if (range == 0u) { return p; }
  // hue in sixths of a turn, times range; + 6 range keeps it positive
  var sixths = 6u * range + p.y - p.z;
  if (p.x != v) { sixths = select(10u * range + p.x - p.y, 8u * range + p.z - p.x, p.y == v); }
  let h = (255u * (sixths % (6u * range)) / (6u * range) + shift) % 256u;
  let s = 255u * range / v;
  let sector = 6u * h / 255u;
  let f = 6u * h % 255u;
  let low = (2u * v * (255u - s) + 255u) / 510u;
  let down = (2u * v * (65025u - s * f) + 65025u) / 130050u;
  let up = (2u * v * (65025u - s * (255u - f)) + 65025u) / 130050u;
  switch (sector % 6u) {
    case 0u: { return vec3u(v, up, low); }
    case 1u: { return vec3u(down, v, low); }
    case 2u: { return vec3u(low, v, up); }
    case 3u: { return vec3u(low, down, v); }
    case 4u: { return vec3u(up, low, v); }
    default: { return vec3u(v, low, down); }
  }
}

fn changed(start: vec3u, steps: u32, view: View, mean: u32) -> vec3u {
  var p = start;
  for (var left = steps; left != 0u; left >>= 4u) {
    switch (left & 15u) {
      case BRIGHTNESS: { p = blend(0u, p, view.brightness); }
      case CONTRAST: { p = blend(mean, p, view.contrast); }
      case SATURATION: { p = blend(luma(p), p, view.saturation); }
      default: { p = turn_hue(p, view.hue); }
    }
  }
  return p;
}

// The steps before contrast; all of them where there is none.
fn before_contrast(steps: u32) -> u32 {
  for (var k = 0u; k < 16u; k += 4u) {
    if (((steps >> k) & 15u) == CONTRAST) { return steps & ((1u << k) - 1u); }
  }
  return steps;
}

@compute @workgroup_size(THREADS)
fn view_color(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let v = wid.x + wid.y * count.x;
  if (v >= VIEWS_GLOBAL + VIEWS_LOCAL) { return; }
  let view = views[v];
  let area = view_side(v) * view_side(v);
  let start = view_start(v);
  let before = before_contrast(view.steps);
  var mean = 0u;
  if (before != view.steps) {
    var sum = 0u;
    for (var i = lid; i < area; i += THREADS) { sum += luma(changed(pixel(pixels[start + i]), before, view, 0u)); }
    sums[lid] = sum;
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
      workgroupBarrier();
      if (lid < half) { sums[lid] += sums[lid + half]; }
    }
    workgroupBarrier();
    mean = (2u * sums[0] + area) / (2u * area); // rounded; at most 512 x 512 pixels of 255 fit
  }
  let gray = (view.flags & 2u) != 0u;
  if (view.steps == 0u && !gray) { return; }
  for (var i = lid; i < area; i += THREADS) {
    let p = changed(pixel(pixels[start + i]), view.steps, view, mean);
    pixels[start + i] = word(select(p, vec3u(luma(p)), gray));
  }
}
