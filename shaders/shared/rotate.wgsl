// After turn s lane l gets what lane l ^ s holds. A product needs every lane to meet every row once, in whatever order;
// an exchange of neighbours is a cheaper way than one lane's value for all, above all within four lanes.
fn rotate0(v: vec4f) -> vec4f { return v; }
#if QUADS
fn rotate1(v: vec4f) -> vec4f { return quadSwapX(v); }
fn rotate2(v: vec4f) -> vec4f { return quadSwapY(v); }
fn rotate3(v: vec4f) -> vec4f { return quadSwapDiagonal(v); }
#else
#for s in 1..TURNS
fn rotate$s(v: vec4f) -> vec4f { return subgroupShuffleXor(v, ${s}u); }
#end
#end
