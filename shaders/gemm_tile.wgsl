// C = A B in any of three forms, tiles of A and B in workgroup memory, TM x TN results per thread.
//   A (M, K), or (K, M) where A_TRANSPOSED;  B (K, N), or (N, K) where B_TRANSPOSED.
// Tiles are BM x BN x BK; K may be split over z (weight gradients). While threads compute with a pair of tiles they
// fetch the next in blocks of 4 x 4 numbers, transposed on the way where memory runs along k, and put them beside:
// one barrier a pair. A thread's rows are fours that lie BM / TM fours apart, its columns COLUMNS fours.
// Writes through store_quad, or store_gradient for A_TRANSPOSED.
// Dispatch (ceil(N / BN), ceil(M / BM), splits). CPU twin: src/reference/gemm.ts
#if A_TRANSPOSED
struct Params { T: u32, share: u32, slice4: u32, a_row: u32, b_row: u32 }
#else
struct Params { M: u32, a_row: u32, c_row: u32 }
#end
@group(0) @binding(0) var<uniform> params: Params;

var<workgroup> tile_a: array<QuadA, 2u * BK * BM / 4u>; // [pair][k][m / 4]
var<workgroup> tile_b: array<QuadB, 2u * BK * BN / 4u>; // [pair][k][n / 4]
const THREADS: u32 = (BM / TM) * (BN / TN);
const COLUMNS: u32 = BN / TN; // threads across
const BLOCKS_A: u32 = BM * BK / 16u;
const BLOCKS_B: u32 = BN * BK / 16u;

// Quads per row of A, of B and of the result.
#if A_TRANSPOSED
const LDA4: u32 = O4;
const LDB4: u32 = I4;
const COLUMNS4: u32 = I4;
#else
const LDA4: u32 = K4;
#if B_TRANSPOSED
const LDB4: u32 = K4;
#else
const LDB4: u32 = N4;
#end
const COLUMNS4: u32 = N4;
#end

// Where a block lies in its tile: along k and along m or n, in fours. Neighbours take neighbouring quads of memory.
fn along_k(i: u32) -> vec2u { return vec2u(i % (BK / 4u), i / (BK / 4u)); }
fn across_k(i: u32, side: u32) -> vec2u { return vec2u(i / (side / 4u), i % (side / 4u)); }

#if A_TRANSPOSED
fn block_a(i: u32) -> vec2u { return across_k(i, BM); }
#else
fn block_a(i: u32) -> vec2u { return along_k(i); }
#end
#if B_TRANSPOSED
fn block_b(i: u32) -> vec2u { return along_k(i); }
#else
fn block_b(i: u32) -> vec2u { return across_k(i, BN); }
#end

// Four quads of block i, those of A before those of B. Beyond the summed dimension they are 0; rows and columns beyond
// the last repeat it, and nothing of theirs is stored.
fn fetch(i: u32, row0: u32, col0: u32, k0: u32, end: u32) -> array<vec4f, 4> {
  var q = array<vec4f, 4>();
  if (i < BLOCKS_A) {
    let at = block_a(i);
    let k = k0 + 4u * at.x;
    #if A_TRANSPOSED
    let m4 = min(row0 / 4u + at.y, LDA4 - 1u);
    #for j in 0..4
    if (k + ${j}u < end) { q[$j] = vec4f(a[(params.a_row + k + ${j}u) * LDA4 + m4]); }
    #end
    #else
    if (k < end) {
      #for j in 0..4
      q[$j] = vec4f(a[(params.a_row + min(row0 + 4u * at.y + ${j}u, params.M - 1u)) * LDA4 + k / 4u]);
      #end
    }
    #end
  } else if (i < BLOCKS_A + BLOCKS_B) {
    let at = block_b(i - BLOCKS_A);
    let k = k0 + 4u * at.x;
    let n4 = min(col0 / 4u + at.y, COLUMNS4 - 1u);
    #if B_TRANSPOSED
    if (k < end) {
      #for j in 0..4
      q[$j] = vec4f(b[(4u * n4 + ${j}u) * LDB4 + k / 4u]);
      #end
    }
    #else
    #for j in 0..4
    #if A_TRANSPOSED
    if (k + ${j}u < end) { q[$j] = vec4f(b[(params.b_row + k + ${j}u) * LDB4 + n4]); }
    #else
    if (k + ${j}u < end) { q[$j] = vec4f(b[(k + ${j}u) * LDB4 + n4]); }
    #end
    #end
    #end
  }
  return q;
}

fn transpose_quads(r: array<vec4f, 4>) -> array<vec4f, 4> {
  let m = transpose(mat4x4f(r[0], r[1], r[2], r[3]));
  return array<vec4f, 4>(m[0], m[1], m[2], m[3]);
}

fn keep(i: u32, pair: u32, fetched: array<vec4f, 4>) {
  if (i < BLOCKS_A) {
    let at = block_a(i);
    #if A_TRANSPOSED
    let q = fetched;
    #else
    let q = transpose_quads(fetched);
    #end
    #for j in 0..4
    tile_a[(pair * BK + 4u * at.x + ${j}u) * (BM / 4u) + at.y] = QuadA(q[$j]);
    #end
  } else if (i < BLOCKS_A + BLOCKS_B) {
    let at = block_b(i - BLOCKS_A);
    #if B_TRANSPOSED
    let q = transpose_quads(fetched);
    #else
    let q = fetched;
    #end
    #for j in 0..4
    tile_b[(pair * BK + 4u * at.x + ${j}u) * (BN / 4u) + at.y] = QuadB(q[$j]);
    #end
  }
}

@compute @workgroup_size(THREADS)
fn gemm_tile(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  let row0 = wid.y * BM;
  let col0 = wid.x * BN;
  let tx = lid % COLUMNS;
  let ty = lid / COLUMNS;
  #for r in 0..TM
  #for c in 0..TN/4
  var acc${r}_$c = vec4f();
  #end
  #end
  #for i in 0..TM/4
  var total$i = vec4f();
  #end
  #if A_TRANSPOSED
  let rows = 4u * O4;
  let first = wid.z * params.share;
  let end = max(first, min(params.T, first + params.share));
  #else
  let rows = params.M;
  let first = 0u;
  let end = 4u * K4;
  #end
  let pairs = (end - first + BK - 1u) / BK;
  #for p in 0..FETCHES
  var next$p = fetch(lid + ${p}u * THREADS, row0, col0, first, end);
  keep(lid + ${p}u * THREADS, 0u, next$p);
  #end
  workgroupBarrier();
  for (var done = 0u; done < pairs; done++) {
    let pair = done % 2u;
    let more = done + 1u < pairs;
    if (more) {
      #for p in 0..FETCHES
      next$p = fetch(lid + ${p}u * THREADS, row0, col0, first + (done + 1u) * BK, end);
      #end
    }
    for (var step = 0u; step < BK / UNROLL; step++) {
      #for u in 0..UNROLL
      {
        let k = pair * BK + step * UNROLL + ${u}u;
        #for i in 0..TM/4
        let a$i = vec4f(tile_a[k * (BM / 4u) + ty + ${i}u * (BM / TM)]);
        total$i += a$i;
        #end
        #for c in 0..TN/4
        let b$c = vec4f(tile_b[k * (BN / 4u) + tx + ${c}u * COLUMNS]);
        #end
        #for r in 0..TM
        #for c in 0..TN/4
        acc${r}_$c = fma(vec4f(a${r / 4}[${r % 4}]), b$c, acc${r}_$c);
        #end
        #end
      }
      #end
    }
    if (more) {
      #for p in 0..FETCHES
      keep(lid + ${p}u * THREADS, 1u - pair, next$p);
      #end
    }
    workgroupBarrier();
  }
  #for r in 0..TM
  {
    let row = row0 + 4u * (ty + ${r / 4}u * (BM / TM)) + ${r % 4}u;
    #for c in 0..TN/4
    {
      let n4 = col0 / 4u + tx + ${c}u * COLUMNS;
      if (row < rows && n4 < COLUMNS4) {
        #if A_TRANSPOSED
        store_gradient(wid.z, row, n4, acc${r}_$c);
        #else
        store_quad(params.c_row + row, n4, acc${r}_$c);
        #end
      }
    }
    #end
  }
  #end
  #if A_TRANSPOSED
  #if BIAS
  if (col0 == 0u && tx == 0u) {
    #for i in 0..TM/4
    {
      let o4 = row0 / 4u + ty + ${i}u * (BM / TM);
      if (o4 < LDA4) { store_bias(wid.z, o4, total$i); }
    }
    #end
  }
  #end
  #end
}
