// Exact GELU, x * Phi(x), and its derivative Phi(x) + x * phi(x).
// erf as a rational function of x^2 on |x| < 4, beyond which it is +-1 in single precision:
// relative error below 4e-7. Coefficients: the minimax fit used by XLA and Eigen.
fn erf(v: vec4f) -> vec4f {
  let x = clamp(v, vec4f(-4.0), vec4f(4.0));
  let s = x * x;
  var p = s * -2.72614225801306e-10 + 2.77068142495902e-08;
  p = p * s + -2.10102402082508e-06;
  p = p * s + -5.69250639462346e-05;
  p = p * s + -7.34990630326855e-04;
  p = p * s + -2.95459980854025e-03;
  p = p * s + -1.60960333262415e-02;
  var q = s * -1.45660718464996e-05 + -2.13374055278905e-04;
  q = q * s + -1.68282697438203e-03;
  q = q * s + -7.37332916720468e-03;
  q = q * s + -1.42647390514189e-02;
  return x * p / q;
}
fn gelu(x: vec4f) -> vec4f { return 0.5 * x * (1.0 + erf(x * 0.70710678118654752)); }
fn gelu_derivative(x: vec4f) -> vec4f {
  return 0.5 * (1.0 + erf(x * 0.70710678118654752)) + x * 0.39894228040143268 * exp(-0.5 * x * x);
}
