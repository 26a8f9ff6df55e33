/** The projection head (lightly DINOProjectionHead): three Linear layers, rows to length 1, normalised prototypes. */
import type { Gradients, Weights } from './backbone.ts';
import { geluBackward, geluForward } from './gelu.ts';
import { gemmNN, gemmNT, gemmTN, linearBackward, linearForward } from './gemm.ts';
import { normalizeBackward, normalizeForward } from './normalize.ts';
import { weightNormBackward, weightNormForward } from './weight-norm.ts';

export interface HeadShape { embedDim: number; hidden: number; bottleneck: number; prototypes: number }

/** x (N, C) -> logits (N, K), and a function from their gradient to dx (N, C) and the gradient of every parameter. */
export function head(w: Weights, { embedDim: C, hidden: H, bottleneck: D, prototypes: K }: HeadShape, x: Float64Array) {
  const N = x.length / C;
  const sides = [[C, H], [H, H], [H, D]] as const;
  const inputs: Float64Array[] = [];
  const outputs: Float64Array[] = [];
  sides.forEach(([I, O], i) => {
    const input = i === 0 ? x : geluForward(outputs[i - 1]!);
    inputs.push(input);
    outputs.push(linearForward(input, w[`layers.${2 * i}.weight`]!, w[`layers.${2 * i}.bias`]!, N, I, O));
  });
  const unit = normalizeForward(outputs[2]!, N, D);
  const [v, g] = [w['last_layer.weight_v']!, w['last_layer.weight_g']!];
  const { W, norm } = weightNormForward(v, g, K, D);

  function backward(dlogits: Float64Array) {
    const grads: Gradients = {};
    const { dg, dv } = weightNormBackward(gemmTN(dlogits, unit.y, K, D, N), v, g, norm, K, D);
    grads['last_layer.weight_g'] = dg;
    grads['last_layer.weight_v'] = dv;
    let d = normalizeBackward(gemmNN(dlogits, W, N, D, K), unit.y, unit.norm, N, D);
    for (const i of [2, 1, 0] as const) {
      const [I, O] = sides[i];
      const back = linearBackward(d, inputs[i]!, w[`layers.${2 * i}.weight`]!, N, I, O);
      grads[`layers.${2 * i}.weight`] = back.dw;
      grads[`layers.${2 * i}.bias`] = back.dbias;
      d = i === 0 ? back.dx : geluBackward(back.dx, outputs[i - 1]!);
    }
    return { dx: d, grads };
  }

  return { logits: gemmNT(unit.y, W, N, K, D), backward };
}
