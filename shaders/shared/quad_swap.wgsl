// What the lane whose number differs in the bits of the digit holds, within four neighbouring lanes.
fn swap0(v: vec4f) -> vec4f { return v; }
fn swap1(v: vec4f) -> vec4f { return quadSwapX(v); }
fn swap2(v: vec4f) -> vec4f { return quadSwapY(v); }
fn swap3(v: vec4f) -> vec4f { return quadSwapDiagonal(v); }
