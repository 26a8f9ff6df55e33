/** The twins put together repeat whole training steps recorded from PyTorch (testing/golden/make_fixtures.py). */
import { describe, expect, test } from 'vitest';
import { readReplay, type Replay } from '#testing/fixtures/replay-file.ts';
import { relativeError } from '#testing/golden/relative-error.ts';
import { adamwUpdate } from './adamw.ts';
import { backbone, sequences, type Weights } from './backbone.ts';
import { centerUpdate, crossEntropy, dinoPairs, ibotPairs, teacherSoftmax } from './cross-entropy.ts';
import { head } from './head.ts';
import { koleo } from './koleo.ts';

/** Recordings are rounded to float32 (6e-8) and timm resamples positions in float32. */
const TOLERANCE = 5e-7;

interface Network { backbone: Weights; head: Weights }
interface Centers { cls: Float64Array; patch: Float64Array }

function gather(x: Float64Array, rows: readonly number[], C: number) {
  return Float64Array.from({ length: rows.length * C }, (_, i) => x[rows[Math.floor(i / C)]! * C + i % C]!);
}

function scatterAdd(into: Float64Array, d: Float64Array, rows: readonly number[], C: number) {
  d.forEach((v, i) => { into[rows[Math.floor(i / C)]! * C + i % C]! += v; });
}

/** The keys' third of qkv.bias has no gradient but rounding noise, which AdamW turns into steps of +-lr: it is left out. */
function withoutKeyBias(name: string, values: Float64Array) {
  const C = values.length / 3;
  return name.endsWith('qkv.bias') ? values.filter((_, i) => i < C || i >= 2 * C) : values;
}

function columnSums(z: Float64Array, K: number) {
  const sums = new Float64Array(K);
  z.forEach((v, i) => { sums[i % K]! += v; });
  return sums;
}

/** One step's forward and backward pass: what the recording holds of it. */
function forwardBackward({ config: c, tensor }: Replay, at: string, student: Network, teacher: Network, centers: Centers) {
  const [B, V, C, K] = [c.batch_size, c.local_views, c.embed_dim, c.output_dim];
  const shape = { embedDim: C, depth: c.depth, heads: c.num_heads, mlpHidden: C * c.mlp_ratio, patchSize: c.patch_size };
  const headShape = { embedDim: C, hidden: c.head_hidden_dim, bottleneck: c.head_bottleneck_dim, prototypes: K };
  const layout = { globals: 2 * B, g: c.image_size / c.patch_size, locals: V * B, l: c.local_size / c.patch_size };
  const mask = tensor(`${at}/mask`);
  const { starts, lengths } = sequences(layout);
  const dropOf = (block: number, branch: number) => starts.flatMap((_, s) => {
    const local = s >= layout.globals;
    const count = local ? layout.locals : layout.globals;
    const factors = tensor(`${at}/drop_path/${local ? 'local' : 'global'}`);
    return Array.from({ length: lengths[s]! }, () => factors[(block * 2 + branch) * count + s - (local ? layout.globals : 0)]!);
  });
  const globalImages = tensor(`${at}/global_views`);
  const localImages = V ? tensor(`${at}/local_views`) : [];
  const drop = Array.from({ length: c.depth }, (_, i) => [dropOf(i, 0), dropOf(i, 1)] as const);
  const taught = backbone(teacher.backbone, shape, { layout: { ...layout, locals: 0 }, globalImages, localImages: [], mask: null, drop: null });
  const learned = backbone(student.backbone, shape, { layout, globalImages, localImages, mask, drop });

  // Class rows go image by image, the order of dinoPairs; recordings hold them view by view, and so are the sequences.
  const clsRows = (views: number) => Array.from({ length: B * views }, (_, r) => starts[r % views * B + Math.floor(r / views)]!);
  const patchRows = [...mask].flatMap((m, i) => m ? [starts[Math.floor(i / layout.g ** 2)]! + 1 + i % layout.g ** 2] : []);
  const counts = Array.from({ length: layout.globals }, (_, s) => mask.subarray(s * layout.g ** 2, (s + 1) * layout.g ** 2).reduce((a, b) => a + b, 0));
  const [teacherRows, studentRows] = [[...clsRows(2), ...patchRows], [...clsRows(2 + V), ...patchRows]];
  const zt = head(teacher.head, headShape, gather(taught.features, teacherRows, C)).logits;
  const projected = head(student.head, headShape, gather(learned.features, studentRows, C));
  const split = (z: Float64Array, rows: number) => ({ cls: z.subarray(0, rows * K), patch: z.subarray(rows * K) });
  const [t, s] = [split(zt, 2 * B), split(projected.logits, (2 + V) * B)];

  const temp = tensor(`${at}/schedule/teacher_temp`)[0]!;
  const dino = crossEntropy(s.cls, teacherSoftmax(t.cls, centers.cls, temp, 2 * B, K), dinoPairs(B, V), c.student_temp, K);
  const ibot = crossEntropy(s.patch, teacherSoftmax(t.patch, centers.patch, temp, patchRows.length, K), ibotPairs(counts), c.student_temp, K);
  const { dx, grads: headGrads } = projected.backward(Float64Array.from([...dino.dlogits, ...ibot.dlogits]));
  const dfeatures = new Float64Array(learned.features.length);
  scatterAdd(dfeatures, dx, studentRows, C);
  let spread = 0;
  if (c.koleo_weight) {
    for (const view of [0, 1]) {
      const rows = starts.slice(view * B, (view + 1) * B);
      const part = koleo(gather(learned.features, rows, C), B, C);
      spread += part.loss;
      scatterAdd(dfeatures, part.dx.map(d => d * c.koleo_weight), rows, C);
    }
  }
  const viewMajor = (z: Float64Array, views: number) => gather(z, Array.from({ length: B * views }, (_, r) => r % B * views + Math.floor(r / B)), K);
  return {
    losses: { dino: dino.loss, ibot: ibot.loss, koleo: spread, loss: dino.loss + ibot.loss + c.koleo_weight * spread },
    grads: { backbone: learned.backward(dfeatures), head: headGrads },
    centers: {
      cls: centerUpdate(centers.cls, columnSums(t.cls, K), 2 * B, c.center_momentum),
      patch: centerUpdate(centers.patch, columnSums(t.patch, K), patchRows.length, c.center_momentum),
    },
    recorded: {
      'teacher/cls_out': viewMajor(t.cls, 2), 'teacher/patch_out': t.patch,
      'student/cls_out': viewMajor(s.cls, 2 + V), 'student/patch_out': s.patch,
      'student/global_features': learned.features.subarray(0, layout.globals * (1 + layout.g ** 2) * C),
    },
  };
}

describe.each(['tiny-views', 'tiny-frozen'])('%s', name => {
  test('every number of the recording is repeated', () => {
    const replay = readReplay(new URL(`../testing/fixtures/${name}.safetensors`, import.meta.url));
    const { config: c, tensor } = replay;
    const near = (got: ArrayLike<number>, key: string) => expect(relativeError(got, tensor(key)), key).toBeLessThan(TOLERANCE);
    const parts = ['backbone', 'head'] as const;
    const read = (who: string): Network => ({ backbone: replay.below(`init/${who}/backbone`), head: replay.below(`init/${who}/head`) });
    const networks = { student: read('student'), teacher: read('teacher') };
    const moments = new Map<string, { m: Float64Array; v: Float64Array; t: number }>();
    let centers: Centers = { cls: new Float64Array(c.output_dim), patch: new Float64Array(c.output_dim) };
    let compared = 0;

    for (let step = 0; step < c.steps; step++) {
      const at = `step/${step}`;
      const result = forwardBackward(replay, at, networks.student, networks.teacher, centers);
      const frozen = (part: string, key: string) => part === 'head' && key.startsWith('last_layer.')
        && (step < c.freeze_last_layer_steps || (c.norm_last_layer && key.endsWith('_g')));
      if (step === 0) {
        for (const [key, value] of Object.entries(result.recorded)) near(value, `${at}/${key}`);
        for (const part of parts) {
          for (const key of Object.keys(replay.below(`${at}/grad/student/${part}`))) {
            near(result.grads[part][key]!, `${at}/grad/student/${part}/${key}`);
            compared++;
          }
        }
      }
      for (const [key, value] of Object.entries(result.losses)) near([value], `${at}/loss/${key}`);
      centers = result.centers;
      near(centers.cls, `${at}/center/cls`);
      near(centers.patch, `${at}/center/patch`);

      // All parameters end to end, one segment each.
      const entries = parts.flatMap(part => Object.keys(networks.student[part]).map(key => ({ part, key, id: `${part}/${key}` })));
      const flat = (of: (e: typeof entries[number]) => ArrayLike<number>) => entries.flatMap(e => Array.from(of(e)));
      let start = 0;
      const segments = entries.map(e => {
        const length = networks.student[e.part][e.key]!.length;
        const past = moments.get(e.id) ?? { m: new Float64Array(length), v: new Float64Array(length), t: 0 };
        const t = frozen(e.part, e.key) ? 0 : past.t + 1;
        moments.set(e.id, { ...past, t: t || past.t });
        start += length;
        return { start: start - length, length, weightDecay: tensor(`${at}/schedule/weight_decay`)[0]!, t };
      });
      const next = adamwUpdate({
        weights: flat(e => networks.student[e.part][e.key]!), teacher: flat(e => networks.teacher[e.part][e.key]!),
        m: flat(e => moments.get(e.id)!.m), v: flat(e => moments.get(e.id)!.v),
      }, flat(e => result.grads[e.part][e.key]!), segments, {
        lr: tensor(`${at}/schedule/lr`)[0]!, momentum: tensor(`${at}/schedule/momentum`)[0]!,
        beta1: c.adam_betas[0], beta2: c.adam_betas[1], eps: c.adam_eps, clip: c.clip_grad_norm,
      });
      near([next.norm], `${at}/grad_norm`);
      const after = { student: { backbone: {}, head: {} }, teacher: { backbone: {}, head: {} } } as Record<'student' | 'teacher', Record<'backbone' | 'head', Record<string, Float64Array>>>;
      entries.forEach(({ part, key, id }, i) => {
        const cut = (values: Float64Array) => values.slice(segments[i]!.start, segments[i]!.start + segments[i]!.length);
        after.student[part][key] = cut(next.weights);
        after.teacher[part][key] = cut(next.teacher);
        moments.set(id, { ...moments.get(id)!, m: cut(next.m), v: cut(next.v) });
      });
      Object.assign(networks, after);
      if (step === 0 || step === c.steps - 1) {
        for (const who of ['student', 'teacher'] as const) {
          for (const { part, key } of entries) {
            const name = `${at}/after/${who}/${part}/${key}`;
            const error = relativeError(withoutKeyBias(key, networks[who][part][key]!), withoutKeyBias(key, tensor(name)));
            expect(error, name).toBeLessThan(TOLERANCE);
            compared++;
          }
        }
      }
    }
    expect(compared).toBeGreaterThan(100);
  });
});
