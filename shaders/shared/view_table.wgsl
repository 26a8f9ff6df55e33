// What each view is made of, and where its pixels lie. Views: first VIEWS_GLOBAL of GLOBAL x GLOBAL pixels,
// then VIEWS_LOCAL of LOCAL x LOCAL. A pixel is one word: red in the lowest byte, green, blue.
struct View {
  source: u32,      // word of the crop's first pixel
  stride: u32,      // width of the picture it is cut from
  width: u32, height: u32,  // of the crop
  flags: u32,       // 1 flip, 2 gray, 4 solarize
  steps: u32,       // 4 bits each, the first one lowest: 1 brightness, 2 contrast, 3 saturation, 4 hue, 0 none
  brightness: f32, contrast: f32, saturation: f32,
  hue: u32,         // added to the 8-bit hue
  box_radius: u32,  // whole pixels that the box blur reaches to each side ...
  box_full: u32,    // ... their weight times 2^24, 0 without blur ...
  box_edge: u32,    // ... and that of one more pixel at each end
  pad0: u32, pad1: u32, pad2: u32,
}

fn view_side(view: u32) -> u32 { return select(LOCAL, GLOBAL, view < VIEWS_GLOBAL); }

// First pixel of a view.
fn view_start(view: u32) -> u32 {
  if (view < VIEWS_GLOBAL) { return view * GLOBAL * GLOBAL; }
  return VIEWS_GLOBAL * GLOBAL * GLOBAL + (view - VIEWS_GLOBAL) * LOCAL * LOCAL;
}

struct Share { view: u32, item: u32 }

// Deals numbers out to the views: `per_global` to each global one, then `per_local` to each local one.
fn share(i: u32, per_global: u32, per_local: u32) -> Share {
  let globals = VIEWS_GLOBAL * per_global;
  if (i < globals) { return Share(i / per_global, i % per_global); }
  return Share(VIEWS_GLOBAL + (i - globals) / per_local, (i - globals) % per_local);
}

fn pixel(word: u32) -> vec3u { return (vec3u(word) >> vec3u(0u, 8u, 16u)) & vec3u(255u); }
fn word(p: vec3u) -> u32 { return p.x | (p.y << 8u) | (p.z << 16u); }
