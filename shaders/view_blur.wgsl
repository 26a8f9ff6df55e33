// Half of the blur: Pillow's three box blurs along the rows, 8 bits after each, borders repeated; the result is
// written transposed, so that a second run blurs the columns and turns the view back.
// Writes blurred (=). A workgroup holds a few rows of one view, about 256 pixels: dispatch all of them, folded.
// CPU twin: src/reference/views.ts, blur
@group(0) @binding(#) var<storage, read> views: array<View>;
@group(0) @binding(#) var<storage, read> pixels: array<u32>;         // (views, side, side)
@group(0) @binding(#) var<storage, read_write> blurred: array<u32>;  // (views, side, side), transposed

const THREADS = 64u;
const GLOBAL_ROWS = max(1u, 256u / GLOBAL);
const LOCAL_ROWS = max(1u, 256u / LOCAL);
const HELD = max(GLOBAL_ROWS * GLOBAL, LOCAL_ROWS * LOCAL);

var<workgroup> held: array<u32, 2 * HELD>; // before and after a pass, in turn

fn box(at: u32, x: u32, side: u32, view: View) -> u32 {
  let first = at - x;
  let reach = i32(view.box_radius);
  var sum = vec3u(1u << 23u);
  for (var k = -reach - 1; k <= reach + 1; k++) {
    let full = k >= -reach && k <= reach;
    let tap = u32(clamp(i32(x) + k, 0, i32(side) - 1));
    sum += select(view.box_edge, view.box_full, full) * pixel(held[first + tap]);
  }
  return word(sum >> vec3u(24u));
}

@compute @workgroup_size(THREADS)
fn view_blur(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let mine = share(wid.x + wid.y * count.x, (GLOBAL + GLOBAL_ROWS - 1u) / GLOBAL_ROWS, (LOCAL + LOCAL_ROWS - 1u) / LOCAL_ROWS);
  if (mine.view >= VIEWS_GLOBAL + VIEWS_LOCAL) { return; }
  let view = views[mine.view];
  let side = view_side(mine.view);
  let rows = select(LOCAL_ROWS, GLOBAL_ROWS, mine.view < VIEWS_GLOBAL);
  let row = mine.item * rows;
  let area = min(rows, side - row) * side;
  let start = view_start(mine.view);
  for (var i = lid; i < area; i += THREADS) { held[i] = pixels[start + row * side + i]; }
  var from_half = 0u;
  if (view.box_full != 0u) {
    for (var pass_number = 0u; pass_number < 3u; pass_number++) {
      workgroupBarrier();
      for (var i = lid; i < area; i += THREADS) { held[HELD - from_half + i] = box(from_half + i, i % side, side, view); }
      from_half = HELD - from_half;
    }
  }
  workgroupBarrier();
  for (var i = lid; i < area; i += THREADS) { blurred[start + i % side * side + row + i / side] = held[from_half + i]; }
}
