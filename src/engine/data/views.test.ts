import { describe, expect, test } from 'vitest';
import { preset, type Config } from '#contract/config.ts';
import { Rng } from '#lib/rng.ts';
import { centerView, drawCrop, drawViews } from './views.ts';

const config: Config = preset('seed');

describe('how often things happen', () => {
  const images = Array.from({ length: 2000 }, () => ({ width: 120, height: 90 }));
  const views = drawViews(new Rng(11), config, images);
  const of = (v: number) => views.map(image => image[v]!);
  const share = <T>(items: readonly T[], is: (item: T) => boolean) => items.filter(is).length / items.length;

  test('two global views, then the local ones', () => {
    expect(views.every(v => v.length === 12)).toBe(true);
  });

  test.each([
    [0, 1, 0], [1, 0.1, 0.2], [2, 0.5, 0], [11, 0.5, 0],
  ])('view %i: blur %f, solarize %f', (v, blur, solarize) => {
    expect(Math.abs(share(of(v), p => p.blurSigma > 0) - blur)).toBeLessThan(0.045); // 4 standard deviations
    expect(Math.abs(share(of(v), p => p.solarize) - solarize)).toBeLessThan(0.045);
    expect(Math.abs(share(of(v), p => p.flip) - 0.5)).toBeLessThan(0.045);
    expect(Math.abs(share(of(v), p => p.gray) - 0.2)).toBeLessThan(0.045);
    expect(Math.abs(share(of(v), p => p.color.length === 4) - 0.8)).toBeLessThan(0.045);
    expect(share(of(v), p => p.color.length === 0 || p.color.length === 4)).toBe(1);
  });

  test('factors fill their ranges, orders are all drawn', () => {
    const all = views.flat();
    const factors = (step: string) => all.flatMap(p => p.color).filter(c => c.step === step).map(c => c.factor);
    for (const [step, low, high] of [['brightness', 0.6, 1.4], ['contrast', 0.6, 1.4], ['saturation', 0.8, 1.2], ['hue', -0.1, 0.1]] as const) {
      const f = factors(step);
      expect(f.length).toBeGreaterThan(15_000);
      expect(Math.min(...f)).toBeGreaterThanOrEqual(low);
      expect(Math.max(...f)).toBeLessThanOrEqual(high);
      expect(Math.min(...f)).toBeLessThan(low + 0.001);
      expect(Math.max(...f)).toBeGreaterThan(high - 0.001);
    }
    expect(new Set(all.filter(p => p.color.length).map(p => p.color.map(c => c.step).join())).size).toBe(24);
    const sigmas = all.map(p => p.blurSigma).filter(s => s > 0);
    expect(Math.min(...sigmas)).toBeGreaterThanOrEqual(0.1);
    expect(Math.max(...sigmas)).toBeLessThan(2);
  });

  test('crops lie inside and cover the share asked for', () => {
    for (const [v, low, high] of [[0, 0.25, 1], [5, 0.05, 0.25]] as const) {
      const areas = of(v).map(({ crop: c }) => {
        expect(Math.min(c.left, c.top)).toBeGreaterThanOrEqual(0);
        expect(c.left + c.width).toBeLessThanOrEqual(120);
        expect(c.top + c.height).toBeLessThanOrEqual(90);
        return c.width * c.height / (120 * 90);
      });
      expect(Math.min(...areas)).toBeGreaterThan(low * 0.97);
      expect(Math.max(...areas)).toBeLessThanOrEqual(high * 1.03);
      const ratios = of(v).map(({ crop: c }) => c.width / c.height);
      expect(Math.min(...ratios)).toBeGreaterThan(0.72);
      expect(Math.max(...ratios)).toBeLessThan(1.38);
    }
  });
});

test('a change of range 0 is not applied', () => {
  const first = drawViews(new Rng(0), { ...config, jitter: 1, hue: 0, saturation: 0 }, [{ width: 9, height: 9 }])[0]![0]!;
  expect(first.color.map(c => c.step).sort()).toEqual(['brightness', 'contrast']);
});

test('a picture too long for any crop gives its central part at the allowed ratio', () => {
  // torchvision: in_ratio 40 > 4/3, so height 10, width round(10 * 4/3) = 13, left (400 - 13) // 2
  expect(drawCrop(new Rng(1), { width: 400, height: 10 }, [1, 1])).toEqual({ left: 193, top: 0, width: 13, height: 10 });
  expect(drawCrop(new Rng(1), { width: 10, height: 400 }, [1, 1])).toEqual({ left: 0, top: 193, width: 10, height: 13 });
  expect(drawCrop(new Rng(1), { width: 1, height: 1 }, [0.05, 0.1])).toEqual({ left: 0, top: 0, width: 1, height: 1 });
  expect(drawCrop(new Rng(1), { width: 1, height: 300 }, [0.9, 1])).toEqual({ left: 0, top: 149, width: 1, height: 1 });
});

test('the view for people is the central square, unchanged', () => {
  expect(centerView(7, 4)).toEqual({
    crop: { left: 1, top: 0, width: 4, height: 4 }, flip: false, color: [], gray: false, blurSigma: 0, solarize: false,
  });
  expect(centerView(3, 8).crop).toEqual({ left: 0, top: 2, width: 3, height: 3 });
});

test('the same seed draws the same views', () => {
  const draw = (seed: number) => drawViews(new Rng(seed), config, [{ width: 30, height: 40 }, { width: 50, height: 20 }]);
  expect(draw(3)).toEqual(draw(3));
  expect(draw(3)).not.toEqual(draw(4));
});
