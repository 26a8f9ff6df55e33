// Four multiply-adds, one after the other.
fn dot_add(a: vec4f, b: vec4f, c: f32) -> f32 { return fma(a.w, b.w, fma(a.z, b.z, fma(a.y, b.y, fma(a.x, b.x, c)))); }
