// A transformer block for lab.py on one core with AVX2 or AVX-512, forward and backward: a few sequences at a time, so that all of
// it stays in the cache. PyTorch takes two to three times as long at these widths. Widths of tokens, heads and hidden layer
// are multiples of 16; no LayerScale, no stochastic depth.
//   g++ -O3 -march=native -mprefer-vector-width=512 -ffast-math -std=c++17 -shared -fPIC block.cpp -o block.so
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

using std::vector;
typedef const float* In;
static int up(int n) { return (n + 15) / 16 * 16; }

// c (m x n) = or += a (m x k) b (k x n): a by strides, b packed in panels of 16 columns.
#define EACH(r, n) _Pragma("GCC unroll 12") for (int r = 0; r < n; r++)
// What fits the registers: numbers in a vector, rows, and panels side by side.
#ifdef __AVX512F__
constexpr int WIDE = 16, ROWS = 12, PANELS = 2;
#else
constexpr int WIDE = 8, ROWS = 6, PANELS = 1;
#endif
typedef float Vec __attribute__((vector_size(4 * WIDE)));
typedef Vec Loose __attribute__((aligned(4), may_alias));
template <int R, int P> static void tile(int k, In a, long ai, long ak, In b, long panel, float* c, long ldc, bool add) {
  constexpr int V = 16 / WIDE;
  Vec s[R][P * V];
  EACH(r, R) EACH(v, P * V) s[r][v] = add ? *(const Loose*)(c + r * ldc + WIDE * v) : Vec{};
  for (int i = 0; i < k; i++, b += 16, a += ak) {
    Vec x[P * V];
    EACH(v, P * V) x[v] = *(const Loose*)(b + v / V * panel + v % V * WIDE);
    EACH(r, R) EACH(v, P * V) s[r][v] += a[r * ai] * x[v];
  }
  EACH(r, R) EACH(v, P * V) *(Loose*)(c + r * ldc + WIDE * v) = s[r][v];
}
template <int P, int R = ROWS> static void slab(int rows, int k, In a, long ai, long ak, In b, long panel, float* c, long ldc, bool add) {
  if (rows == R) tile<R, P>(k, a, ai, ak, b, panel, c, ldc, add);
  else if constexpr (R > 1) slab<P, R - 1>(rows, k, a, ai, ak, b, panel, c, ldc, add);
}
static void product(int m, int n, int k, In a, int ai, int ak, In b, float* c, int ldc, bool add = false) {
  const int slabs = (m + ROWS - 1) / ROWS; // of like height
  for (int j = 0; j < n;) {
    const int panels = n - j >= 16 * PANELS ? PANELS : 1;
    for (int s = slabs, i = 0; s > 0; s--) {
      const int rows = (m - i + s - 1) / s;
      (panels == 1 ? slab<1> : slab<PANELS>)(rows, k, a + (long)i * ai, ai, ak, b, 16l * k, c + (long)i * ldc + j, ldc, add);
      i += rows;
    }
    j += 16 * panels; b += 16l * panels * k;
  }
}
// Panels of b (k x n, rows of ld) and of its transpose (b is n x k); columns beyond n are 0.
static void pack(int k, int n, In b, int ld, float* to) {
  for (int j = 0; j < n; j += 16) for (int i = 0; i < k; i++, to += 16) for (int c = 0; c < 16; c++) to[c] = j + c < n ? b[i * ld + j + c] : 0;
}
static void packTurned(int k, int n, In b, int ld, float* to) {
  for (int j = 0; j < n; j += 16) for (int i = 0; i < k; i++, to += 16) for (int c = 0; c < 16; c++) to[c] = j + c < n ? b[(j + c) * ld + i] : 0;
}

static void norm(int rows, int C, In x, In w, In b, float* y) {
  for (int r = 0; r < rows; r++, x += C, y += C) {
    float m = 0, v = 0;
    for (int c = 0; c < C; c++) m += x[c];
    m /= C;
    for (int c = 0; c < C; c++) v += (x[c] - m) * (x[c] - m);
    const float s = 1 / std::sqrt(v / C + 1e-6f);
    for (int c = 0; c < C; c++) y[c] = (x[c] - m) * s * w[c] + b[c];
  }
}
// dx += what comes through the norm.
static void normBack(int rows, int C, In x, In w, In dy, float* dx, float* dw, float* db) {
  vector<float> hat(C);
  for (int r = 0; r < rows; r++, x += C, dy += C, dx += C) {
    float m = 0, v = 0, p = 0, q = 0;
    for (int c = 0; c < C; c++) m += x[c];
    m /= C;
    for (int c = 0; c < C; c++) v += (x[c] - m) * (x[c] - m);
    const float s = 1 / std::sqrt(v / C + 1e-6f);
    for (int c = 0; c < C; c++) {
      hat[c] = (x[c] - m) * s;
      const float g = dy[c] * w[c];
      p += g; q += g * hat[c];
      dw[c] += dy[c] * hat[c]; db[c] += dy[c];
    }
    p /= C; q /= C;
    for (int c = 0; c < C; c++) dx[c] += s * (dy[c] * w[c] - p - hat[c] * q);
  }
}
static void bias(int rows, int n, float* y, In b) { for (int r = 0; r < rows; r++, y += n) for (int c = 0; c < n; c++) y[c] += b[c]; }
static void sumRows(int rows, int n, In y, float* b) { for (int r = 0; r < rows; r++, y += n) for (int c = 0; c < n; c++) b[c] += y[c]; }

// Phi(x), error 1.5e-7 (Abramowitz and Stegun 7.1.26), and the density of the normal distribution.
static inline float phi(float x, float& density) {
  const float z = std::fabs(x) * 0.70710678f, t = 1 / (1 + 0.3275911f * z), e = std::exp(-z * z);
  density = 0.39894228f * e;
  const float half = 0.5f * ((((1.061405429f * t - 1.453152027f) * t + 1.421413741f) * t - 0.284496736f) * t + 0.254829592f) * t * e;
  return x < 0 ? half : 1 - half;
}

struct Shape { int N, T, C, H, F; };
// Weights in PyTorch's shapes: norm1 w b, qkv w b, proj w b, norm2 w b, fc1 w b, fc2 w b. Kept: qkv, attention, its output, x1, u.
static int together(const Shape& s) { return std::max(1, 72 / s.T); }

extern "C" void block_forward(const Shape* shape, In x, In* w, float* qkv, float* P, float* O, float* x1, float* u, float* out) {
  const auto [N, T, C, H, F] = *shape;
  const int D = C / H, Tp = up(T), G = together(*shape);
  const float scale = 1 / std::sqrt(float(D));
  vector<float> wq(3 * C * C), wp(C * C), w1(C * F), w2(C * F), h(G * T * C), g(G * T * F), b(Tp * std::max(D, Tp));
  packTurned(C, 3 * C, w[2], C, wq.data()); packTurned(C, C, w[4], C, wp.data());
  packTurned(C, F, w[8], C, w1.data()); packTurned(F, C, w[10], F, w2.data());
  for (int n = 0; n < N; n += G) {
    const int some = std::min(G, N - n), R = some * T;
    In X = x + n * T * C;
    float *Q = qkv + n * T * 3 * C, *A = O + n * T * C, *Y = x1 + n * T * C, *U = u + n * T * F, *Z = out + n * T * C;
    norm(R, C, X, w[0], w[1], h.data());
    product(R, 3 * C, C, h.data(), C, 1, wq.data(), Q, 3 * C);
    bias(R, 3 * C, Q, w[3]);
    for (int i = 0; i < some; i++) for (int d = 0; d < H; d++) {
      float *q = Q + i * T * 3 * C + d * D, *S = P + ((n + i) * H + d) * T * Tp;
      packTurned(D, T, q + C, 3 * C, b.data());
      product(T, Tp, D, q, 3 * C, 1, b.data(), S, Tp);
      for (int r = 0; r < T; r++) {
        float *row = S + r * Tp, most = -1e30f, sum = 0;
        for (int c = 0; c < T; c++) most = std::max(most, row[c]);
        for (int c = T; c < Tp; c++) row[c] = -1e30f; // whole vectors
        for (int c = 0; c < Tp; c++) { row[c] = std::exp((row[c] - most) * scale); sum += row[c]; }
        for (int c = 0; c < Tp; c++) row[c] /= sum;
      }
      pack(T, D, q + 2 * C, 3 * C, b.data());
      product(T, D, T, S, Tp, 1, b.data(), A + i * T * C + d * D, C);
    }
    std::memcpy(Y, X, 4 * R * C);
    product(R, C, C, A, C, 1, wp.data(), Y, C, true);
    bias(R, C, Y, w[5]);
    norm(R, C, Y, w[6], w[7], h.data());
    product(R, F, C, h.data(), C, 1, w1.data(), U, F);
    bias(R, F, U, w[9]);
    float density;
    for (int i = 0; i < R * F; i++) g[i] = U[i] * phi(U[i], density);
    std::memcpy(Z, Y, 4 * R * C);
    product(R, C, F, g.data(), F, 1, w2.data(), Z, C, true);
    bias(R, C, Z, w[11]);
  }
}

// Adds to the gradients dw, sets dx.
extern "C" void block_backward(const Shape* shape, In x, In* w, In qkv, In P, In O, In x1, In u, In dout, float* dx, float** dw) {
  const auto [N, T, C, H, F] = *shape;
  const int D = C / H, Tp = up(T), G = together(*shape), most = G * T;
  const float scale = 1 / std::sqrt(float(D));
  vector<float> wq(3 * C * C), wp(C * C), w1(C * F), w2(C * F), h(most * C), g(most * F), du(most * F), dh(most * C), dA(most * C), dQ(most * 3 * C);
  vector<float> dS(T * Tp), b(std::max(most * F, std::max(most * 3 * C, Tp * Tp)));
  pack(3 * C, C, w[2], C, wq.data()); pack(C, C, w[4], C, wp.data());
  pack(F, C, w[8], C, w1.data()); pack(C, F, w[10], F, w2.data());
  for (int n = 0; n < N; n += G) {
    const int some = std::min(G, N - n), R = some * T;
    In X = x + n * T * C, Q = qkv + n * T * 3 * C, A = O + n * T * C, Y = x1 + n * T * C, U = u + n * T * F, dZ = dout + n * T * C;
    float* dX = dx + n * T * C;
    product(R, F, C, dZ, C, 1, w2.data(), du.data(), F);
    for (int i = 0; i < R * F; i++) {
      float density;
      const float p = phi(U[i], density);
      g[i] = U[i] * p;
      du[i] *= p + U[i] * density;
    }
    pack(R, F, g.data(), F, b.data());
    product(C, F, R, dZ, 1, C, b.data(), dw[10], F, true);
    sumRows(R, C, dZ, dw[11]);
    norm(R, C, Y, w[6], w[7], h.data());
    pack(R, C, h.data(), C, b.data());
    product(F, C, R, du.data(), 1, F, b.data(), dw[8], C, true);
    sumRows(R, F, du.data(), dw[9]);
    product(R, C, F, du.data(), F, 1, w1.data(), dh.data(), C);
    std::memcpy(dX, dZ, 4 * R * C);
    normBack(R, C, Y, w[6], dh.data(), dX, dw[6], dw[7]);

    pack(R, C, A, C, b.data());
    product(C, C, R, dX, 1, C, b.data(), dw[4], C, true);
    sumRows(R, C, dX, dw[5]);
    product(R, C, C, dX, C, 1, wp.data(), dA.data(), C);
    for (int i = 0; i < some; i++) for (int d = 0; d < H; d++) {
      In q = Q + i * T * 3 * C + d * D, S = P + ((n + i) * H + d) * T * Tp, da = dA.data() + i * T * C + d * D;
      float* dq = dQ.data() + i * T * 3 * C + d * D;
      pack(T, D, da, C, b.data());
      product(T, D, T, S, 1, Tp, b.data(), dq + 2 * C, 3 * C);
      packTurned(D, T, q + 2 * C, 3 * C, b.data());
      product(T, Tp, D, da, C, 1, b.data(), dS.data(), Tp);
      for (int r = 0; r < T; r++) {
        float* e = dS.data() + r * Tp;
        In p = S + r * Tp;
        float dot = 0;
        for (int c = 0; c < T; c++) dot += e[c] * p[c];
        for (int c = 0; c < T; c++) e[c] = scale * p[c] * (e[c] - dot);
      }
      pack(T, D, q + C, 3 * C, b.data());
      product(T, D, T, dS.data(), Tp, 1, b.data(), dq, 3 * C);
      pack(T, D, q, 3 * C, b.data());
      product(T, D, T, dS.data(), 1, Tp, b.data(), dq + C, 3 * C);
    }
    norm(R, C, X, w[0], w[1], h.data());
    pack(R, C, h.data(), C, b.data());
    product(3 * C, C, R, dQ.data(), 1, 3 * C, b.data(), dw[2], C, true);
    sumRows(R, 3 * C, dQ.data(), dw[3]);
    product(R, C, 3 * C, dQ.data(), 3 * C, 1, wq.data(), dh.data(), C);
    normBack(R, C, X, w[0], dh.data(), dX, dw[0], dw[1]);
  }
}
