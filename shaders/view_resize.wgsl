// Cuts each view's crop out of its picture, resizes it and flips it: Pillow's antialiased bicubic (A = -0.5,
// widened when shrinking, taps clamped to the crop), across first, 8 bits after each direction.
// Writes pixels (=). A workgroup makes 8 x 8 pixels of one view, strip by strip of 8 source rows, so that
// the 8 output rows share what was summed across: dispatch all tiles of all views, folded.
// CPU twin: src/reference/views.ts, resizeCrop and flip
@group(0) @binding(#) var<storage, read> source: array<u32>;        // pictures one after another, RGBA bytes
@group(0) @binding(#) var<storage, read> views: array<View>;
@group(0) @binding(#) var<storage, read_write> pixels: array<u32>;  // (views, side, side)

const TILE = 8u;
const GLOBAL_TILES = (GLOBAL + TILE - 1u) / TILE;
const LOCAL_TILES = (LOCAL + TILE - 1u) / TILE;

var<workgroup> strip: array<vec3f, 64>;

// The source positions first .. end-1 that output position o is made of.
struct Taps { first: u32, end: u32, center: f32, stretch: f32 }

fn taps(o: u32, from_size: u32, to_size: u32) -> Taps {
  let scale = f32(from_size) / f32(to_size);
  let stretch = max(1.0, scale);
  let center = (f32(o) + 0.5) * scale;
  let first = u32(max(0.0, center - 2.0 * stretch + 0.5));
  return Taps(first, min(from_size, u32(center + 2.0 * stretch + 0.5)), center, stretch);
}

fn weight(i: u32, t: Taps) -> f32 {
  let x = abs((f32(i) - t.center + 0.5) / t.stretch);
  if (x < 1.0) { return (1.5 * x - 2.5) * x * x + 1.0; }
  return select(0.0, (((x - 5.0) * x + 8.0) * x - 4.0) * -0.5, x < 2.0);
}

fn to_byte(x: vec3f) -> vec3f { return clamp(floor(x + 0.5), vec3f(0.0), vec3f(255.0)); }

fn across(row: u32, view: View, t: Taps) -> vec3f {
  var sum = vec3f();
  var total = 0.0;
  for (var i = t.first; i < t.end; i++) {
    let w = weight(i, t);
    sum += w * vec3f(pixel(source[view.source + row * view.stride + i]));
    total += w;
  }
  return to_byte(sum / total);
}

@compute @workgroup_size(8, 8)
fn view_resize(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  let mine = share(wid.x + wid.y * count.x, GLOBAL_TILES * GLOBAL_TILES, LOCAL_TILES * LOCAL_TILES);
  if (mine.view >= VIEWS_GLOBAL + VIEWS_LOCAL) { return; }
  let view = views[mine.view];
  let side = view_side(mine.view);
  let tiles = (side + TILE - 1u) / TILE;
  let top = mine.item / tiles * TILE;
  let x = mine.item % tiles * TILE + lid.x;
  let y = top + lid.y;
  let columns = taps(min(x, side - 1u), view.width, side);
  let rows = taps(min(y, side - 1u), view.height, side);
  let last = taps(min(top + TILE, side) - 1u, view.height, side).end;
  var sum = vec3f();
  var total = 0.0;
  for (var base = taps(top, view.height, side).first; base < last; base += TILE) {
    strip[lid.y * TILE + lid.x] = across(min(base + lid.y, last - 1u), view, columns);
    workgroupBarrier();
    for (var k = 0u; k < TILE; k++) {
      if (base + k < rows.first || base + k >= rows.end) { continue; }
      let w = weight(base + k, rows);
      sum += w * strip[k * TILE + lid.x];
      total += w;
    }
    workgroupBarrier();
  }
  if (x >= side || y >= side) { return; }
  let column = select(x, side - 1u - x, (view.flags & 1u) != 0u);
  pixels[view_start(mine.view) + y * side + column] = word(vec3u(to_byte(sum / total)));
}
