/**
 * Every option of a run: one table gives the type, default, range, unit and meaning of each.
 * The page builds its form from it, the command line its `--set`, and `validate` its messages.
 *
 * Spans of time inside a run (warm-ups, freezes, ramps) are fractions of `steps`, so that changing
 * the length of a run keeps its shape. A pair [a, b] is a schedule from a to b or a range a..b.
 */

export type Pair = [number, number];
export type Triple = [number, number, number];

export interface Config {
  // Backbone
  imageSize: number; localSize: number; patchSize: number;
  embedDim: number; depth: number; numHeads: number; mlpRatio: number;
  /** Initial value of LayerScale, or null for none. */
  layerScale: number | null;
  dropPath: number; dropPathMode: 'uniform' | 'linear';
  // Head
  headHidden: number; headBottleneck: number; prototypes: number; normLastLayer: boolean;
  teacherInit: 'copy' | 'seed';
  // Views
  localViews: number; globalScale: Pair; localScale: Pair;
  flip: number; jitter: number; brightness: number; contrast: number; saturation: number; hue: number;
  grayscale: number; blur: Triple; blurSigma: Pair; solarize: Triple;
  mean: Triple; std: Triple;
  // Masks
  maskedImages: number; maskRatio: Pair; maskMinBlock: number;
  // Losses
  dinoWeight: number; ibotWeight: number; koleoWeight: number;
  dinoRamp: Pair; ibotRamp: Pair; koleoRamp: Pair;
  studentTemp: number; teacherTemp: Pair; teacherTempWarmup: number; centerMomentum: number;
  // Optimiser
  batchSize: number; microBatch: number; steps: number;
  lr: number; lrSchedule: 'cosine' | 'constant'; lrFinal: number; lrWarmup: number;
  weightDecay: Pair; decayAll: boolean; beta1: number; beta2: number; adamEps: number;
  clipGradNorm: number; momentum: Pair; freezeLastLayer: number;
  // Run
  seed: number; kernels: 'tuned' | 'fixed'; halfStorage: boolean; checkpointMinutes: number;
}

export type ConfigKey = keyof Config;
export type Group = 'backbone' | 'head' | 'views' | 'masks' | 'losses' | 'optimiser' | 'run';

interface Base { group: Group; label: string; unit?: string; help: string }
export type Option = Base & (
  | { kind: 'int' | 'float'; min: number; max: number; nullable?: boolean }
  | { kind: 'pair' | 'triple'; min: number; max: number }
  | { kind: 'bool' }
  | { kind: 'choice'; choices: readonly string[] }
);

const num = (kind: 'int' | 'float', group: Group, label: string, min: number, max: number, help: string, unit?: string): Option =>
  ({ kind, group, label, min, max, help, ...(unit ? { unit } : {}) });
const tuple = (kind: 'pair' | 'triple', group: Group, label: string, min: number, max: number, help: string, unit?: string): Option =>
  ({ kind, group, label, min, max, help, ...(unit ? { unit } : {}) });

export const OPTIONS: Record<ConfigKey, Option> = {
  imageSize: num('int', 'backbone', 'Global view size', 8, 512, 'Side of the two global views; a multiple of the patch size.', 'px'),
  localSize: num('int', 'backbone', 'Local view size', 4, 512, 'Side of the local crops; a multiple of the patch size, at most the global size.', 'px'),
  patchSize: num('int', 'backbone', 'Patch size', 1, 64, 'Side of a patch. Halving it gives four times as many tokens and much finer maps.', 'px'),
  embedDim: num('int', 'backbone', 'Width', 4, 2048, 'Channels of each token; a multiple of the number of heads.'),
  depth: num('int', 'backbone', 'Depth', 1, 48, 'Number of transformer blocks.'),
  numHeads: num('int', 'backbone', 'Heads', 1, 32, 'Attention heads per block. A head is at most 128 channels wide.'),
  mlpRatio: num('float', 'backbone', 'MLP ratio', 0.25, 16, 'Hidden width of the MLP over the width of a token.'),
  layerScale: { kind: 'float', group: 'backbone', label: 'LayerScale', min: 1e-8, max: 10, nullable: true, help: 'Initial scale of every residual branch; none for short runs, 1e-5 in the reference.' },
  dropPath: num('float', 'backbone', 'Stochastic depth', 0, 0.9, 'Chance that a sample skips a residual branch of the student.'),
  dropPathMode: { kind: 'choice', choices: ['uniform', 'linear'], group: 'backbone', label: 'Stochastic depth over blocks', help: 'The same rate in each block, or rising linearly from 0.' },
  headHidden: num('int', 'head', 'Head width', 4, 8192, 'Hidden width of the projection head.'),
  headBottleneck: num('int', 'head', 'Bottleneck', 2, 2048, 'Width of the normalised vector that meets the prototypes.'),
  prototypes: num('int', 'head', 'Prototypes', 2, 65536, 'Number of prototypes. About 1,024 suits fewer than 20,000 images.'),
  normLastLayer: { kind: 'bool', group: 'head', label: 'Fixed prototype length', help: 'Keeps every prototype at length 1: steadier, a little less able.' },
  teacherInit: { kind: 'choice', choices: ['copy', 'seed'], group: 'head', label: 'Teacher head starts', help: 'As a copy of the student, or drawn separately as in the reference.' },
  localViews: num('int', 'views', 'Local crops', 0, 24, 'Small crops per image that the student must match to the whole.'),
  globalScale: tuple('pair', 'views', 'Global crop area', 0.01, 1, 'Share of the image that a global view covers.'),
  localScale: tuple('pair', 'views', 'Local crop area', 0.005, 1, 'Share of the image that a local crop covers.'),
  flip: num('float', 'views', 'Flip', 0, 1, 'Chance of a left-right flip. Set to 0 where left and right differ.'),
  jitter: num('float', 'views', 'Colour jitter', 0, 1, 'Chance that a view gets its colours changed.'),
  brightness: num('float', 'views', 'Brightness', 0, 1, 'Largest relative change of brightness.'),
  contrast: num('float', 'views', 'Contrast', 0, 1, 'Largest relative change of contrast.'),
  saturation: num('float', 'views', 'Saturation', 0, 1, 'Largest relative change of saturation.'),
  hue: num('float', 'views', 'Hue', 0, 0.5, 'Largest turn of the hue.', 'turns'),
  grayscale: num('float', 'views', 'Grayscale', 0, 1, 'Chance that a view loses its colour.'),
  blur: tuple('triple', 'views', 'Blur', 0, 1, 'Chance of a blur: first global view, second, local crops.'),
  blurSigma: tuple('pair', 'views', 'Blur radius', 0.01, 2, 'Range of the blur\'s standard deviation.', 'px'),
  solarize: tuple('triple', 'views', 'Solarize', 0, 1, 'Chance that bright values are inverted: first global view, second, local crops.'),
  mean: tuple('triple', 'views', 'Channel means', 0, 1, 'Subtracted from red, green and blue.'),
  std: tuple('triple', 'views', 'Channel deviations', 0.01, 1, 'Red, green and blue are divided by these.'),
  maskedImages: num('float', 'masks', 'Masked images', 0, 1, 'Share of the global views that get a mask.'),
  maskRatio: tuple('pair', 'masks', 'Masked share', 0, 0.9, 'Range of the share of patches hidden in a masked view.'),
  maskMinBlock: num('int', 'masks', 'Smallest block', 1, 256, 'Smallest area of a masked block; lowered by itself on small grids.', 'patches'),
  dinoWeight: num('float', 'losses', 'Class-token loss', 0, 100, 'Weight of the self-distillation loss between views.'),
  ibotWeight: num('float', 'losses', 'Patch loss', 0, 100, 'Weight of the masked-patch loss.'),
  koleoWeight: num('float', 'losses', 'KoLeo', 0, 100, 'Weight of the loss that spreads images apart; wants a batch of 16 or more in one piece.'),
  dinoRamp: tuple('pair', 'losses', 'Class-token loss ramp', 0, 1, 'The weight rises linearly from 0 between these fractions of the run; 0,0 is full from the start.'),
  ibotRamp: tuple('pair', 'losses', 'Patch loss ramp', 0, 1, 'The weight rises linearly from 0 between these fractions of the run; 0,0 is full from the start.'),
  koleoRamp: tuple('pair', 'losses', 'KoLeo ramp', 0, 1, 'The weight rises linearly from 0 between these fractions of the run; 0,0 is full from the start.'),
  studentTemp: num('float', 'losses', 'Student temperature', 0.01, 1, 'Softmax temperature of the student.'),
  teacherTemp: tuple('pair', 'losses', 'Teacher temperature', 0.005, 1, 'Softmax temperature of the teacher, start and end. Lower it if the loss stays at ln(prototypes).'),
  teacherTempWarmup: num('float', 'losses', 'Temperature warm-up', 0, 1, 'Fraction of the run over which the teacher temperature moves from start to end.'),
  centerMomentum: num('float', 'losses', 'Center momentum', 0, 0.9999, 'How slowly the running mean of the teacher\'s outputs moves.'),
  batchSize: num('int', 'optimiser', 'Batch', 1, 4096, 'Images per step. More of them steady the gradient, and take as much longer.', 'images'),
  microBatch: num('int', 'optimiser', 'Micro-batch', 0, 4096, 'Images computed at once; divides the batch. The gradient is the same, the memory less. 0 is the whole batch.', 'images'),
  steps: num('int', 'optimiser', 'Steps', 1, 10_000_000, 'Length of the run; every schedule spans it.'),
  lr: num('float', 'optimiser', 'Learning rate', 0, 1, 'Peak learning rate of AdamW.'),
  lrSchedule: { kind: 'choice', choices: ['cosine', 'constant'], group: 'optimiser', label: 'Learning-rate schedule', help: 'After the warm-up: down a cosine to the final rate, or constant.' },
  lrFinal: num('float', 'optimiser', 'Final learning rate', 0, 1, 'Where the cosine ends.'),
  lrWarmup: num('float', 'optimiser', 'Learning-rate warm-up', 0, 1, 'Fraction of the run over which the rate rises from 0.'),
  weightDecay: tuple('pair', 'optimiser', 'Weight decay', 0, 10, 'Start and end of a cosine.'),
  decayAll: { kind: 'bool', group: 'optimiser', label: 'Decay everything', help: 'Also decays biases and one-dimensional parameters, as the reference does.' },
  beta1: num('float', 'optimiser', 'Beta 1', 0, 0.9999, 'Momentum of AdamW\'s mean.'),
  beta2: num('float', 'optimiser', 'Beta 2', 0, 0.99999, 'Momentum of AdamW\'s square.'),
  adamEps: num('float', 'optimiser', 'AdamW epsilon', 1e-12, 1, 'Keeps AdamW\'s division finite.'),
  clipGradNorm: num('float', 'optimiser', 'Clip gradients at', 0, 1e6, 'Largest global norm of the gradient; 0 is no limit.'),
  momentum: tuple('pair', 'optimiser', 'Teacher momentum', 0, 1, 'Start and end of a cosine: how slowly the teacher follows the student.'),
  freezeLastLayer: num('float', 'optimiser', 'Freeze prototypes', 0, 1, 'Fraction of the run before the prototypes begin to move.'),
  seed: num('int', 'run', 'Seed', 0, 2 ** 31 - 1, 'The same seed, images, device and kernels give the same run.'),
  kernels: { kind: 'choice', choices: ['tuned', 'fixed'], group: 'run', label: 'Kernels', help: 'Those measured as fastest on this device, or a fixed table, with which a run repeats bit for bit even where other kernels would be measured.' },
  halfStorage: { kind: 'bool', group: 'run', label: '16-bit storage', help: 'Products read weights and activations in 16 bits a number and still sum in 32; gradients, norms and the optimiser stay in 32. Less memory and traffic; needs a GPU with shader-f16.' },
  checkpointMinutes: num('float', 'run', 'Checkpoint every', 0.05, 1440, 'How often the run is written to this browser\'s storage, more often at first; later where that would cost over 2 % of the time. It also is at each pause and at the end.', 'min'),
};

export const CONFIG_KEYS = Object.keys(OPTIONS) as ConfigKey[];

export interface Problem { key: ConfigKey; message: string }

const LENGTH = { pair: 2, triple: 3 } as const;

function checkOption(key: ConfigKey, value: unknown): string | null {
  const o = OPTIONS[key];
  const inRange = (v: unknown, min: number, max: number): v is number => typeof v === 'number' && v >= min && v <= max;
  switch (o.kind) {
    case 'bool': return typeof value === 'boolean' ? null : 'must be true or false';
    case 'choice': return o.choices.includes(value as string) ? null : `must be one of ${o.choices.join(', ')}`;
    case 'int': case 'float':
      if (value === null && o.nullable) return null;
      if (!inRange(value, o.min, o.max)) return `is ${String(value)}, must be from ${o.min} to ${o.max}${o.nullable ? ' or none' : ''}`;
      return o.kind === 'int' && !Number.isInteger(value) ? `is ${value}, must be a whole number` : null;
    case 'pair': case 'triple': {
      const n = LENGTH[o.kind];
      const ok = Array.isArray(value) && value.length === n && value.every(v => inRange(v, o.min, o.max));
      return ok ? null : `must be ${n} numbers from ${o.min} to ${o.max}, got ${String(value)}`;
    }
  }
}

/** Everything wrong with a configuration, each with its fix; empty when it can run. */
export function validate(c: Config): Problem[] {
  const problems: Problem[] = [];
  for (const key of CONFIG_KEYS) {
    const wrong = checkOption(key, c[key]);
    if (wrong) problems.push({ key, message: `${OPTIONS[key].label} ${wrong}.` });
  }
  if (problems.length) return problems;
  const add = (key: ConfigKey, message: string) => problems.push({ key, message });
  const multiple = (key: 'imageSize' | 'localSize') => {
    if (c[key] % c.patchSize) add(key, `${OPTIONS[key].label} is ${c[key]}, not a multiple of the patch size ${c.patchSize}: try ${Math.max(1, Math.round(c[key] / c.patchSize)) * c.patchSize}.`);
  };
  multiple('imageSize');
  if (c.localViews > 0) {
    multiple('localSize');
    if (c.localSize > c.imageSize) add('localSize', `Local views (${c.localSize} px) can't be larger than global ones (${c.imageSize} px).`);
  }
  if (c.embedDim % c.numHeads) add('numHeads', `Width ${c.embedDim} can't be shared by ${c.numHeads} heads: choose a divisor of the width.`);
  else if (c.embedDim / c.numHeads > 128) add('numHeads', `A head would be ${c.embedDim / c.numHeads} channels wide, at most 128: use at least ${Math.ceil(c.embedDim / 128)} heads.`);
  if (!Number.isInteger(c.embedDim * c.mlpRatio)) add('mlpRatio', `Width x MLP ratio is ${c.embedDim * c.mlpRatio}, must be a whole number.`);
  for (const key of ['globalScale', 'localScale', 'blurSigma', 'maskRatio', 'dinoRamp', 'ibotRamp', 'koleoRamp'] as const) {
    if (c[key][0] > c[key][1]) add(key, `${OPTIONS[key].label} runs from ${c[key][0]} down to ${c[key][1]}: swap the two.`);
  }
  const micro = c.microBatch || c.batchSize;
  if (c.batchSize % micro) add('microBatch', `A batch of ${c.batchSize} can't be split into micro-batches of ${micro}: choose a divisor.`);
  if (c.koleoWeight > 0 && micro !== c.batchSize) add('koleoWeight', 'KoLeo compares all images of a batch, so it can\'t be split into micro-batches: set KoLeo to 0 or the micro-batch to 0.');
  if (c.koleoWeight > 0 && c.batchSize < 2) add('batchSize', 'KoLeo needs a batch of at least 2.');
  if (c.dinoWeight === 0 && c.ibotWeight === 0 && c.koleoWeight === 0) add('dinoWeight', 'Every loss has weight 0: nothing would be learned.');
  return problems;
}

/** Parses one `key=value` of the command line or a link. Throws a ConfigError that says what was expected. */
export function parseSetting(text: string): Partial<Config> {
  const at = text.indexOf('=');
  const key = text.slice(0, at).trim() as ConfigKey;
  const option = Object.hasOwn(OPTIONS, key) ? OPTIONS[key] : undefined;
  if (at < 1) throw new ConfigError(`"${text}" is no setting: write key=value, for example steps=500.`);
  if (!option) throw new ConfigError(`There is no option "${key}". The options are: ${CONFIG_KEYS.join(', ')}.`);
  const raw = text.slice(at + 1).trim();
  let value: unknown = raw;
  if (option.kind === 'bool') value = raw === 'true' ? true : raw === 'false' ? false : raw;
  else if (option.kind === 'int' || option.kind === 'float') value = option.nullable && (raw === 'none' || raw === 'null') ? null : raw === '' ? NaN : Number(raw);
  else if (option.kind !== 'choice') value = raw.replace(/^\[|\]$/g, '').split(',').map(v => v.trim() === '' ? NaN : Number(v));
  const wrong = checkOption(key, value);
  if (wrong) throw new ConfigError(`${key}: ${wrong}.`);
  return { [key]: value } as Partial<Config>;
}

export class ConfigError extends Error {
  override name = 'ConfigError';
}

export interface Preset { name: string; title: string; about: string; config: Config }

const REFERENCE: Config = {
  imageSize: 224, localSize: 96, patchSize: 16, embedDim: 384, depth: 12, numHeads: 6, mlpRatio: 4, layerScale: 1e-5,
  dropPath: 0.1, dropPathMode: 'uniform',
  headHidden: 2048, headBottleneck: 256, prototypes: 8192, normLastLayer: false, teacherInit: 'seed',
  localViews: 10, globalScale: [0.25, 1], localScale: [0.05, 0.25], flip: 0.5, jitter: 0.8, brightness: 0.4, contrast: 0.4,
  saturation: 0.2, hue: 0.1, grayscale: 0.2, blur: [1, 0.1, 0.5], blurSigma: [0.1, 2], solarize: [0, 0.2, 0],
  mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225],
  maskedImages: 0.5, maskRatio: [0.1, 0.5], maskMinBlock: 4,
  dinoWeight: 1, ibotWeight: 1, koleoWeight: 0, dinoRamp: [0, 0], ibotRamp: [0, 0], koleoRamp: [0, 0],
  studentTemp: 0.1, teacherTemp: [0.04, 0.07], teacherTempWarmup: 0.6, centerMomentum: 0.9,
  batchSize: 64, microBatch: 0, steps: 4450, lr: 1e-3, lrSchedule: 'constant', lrFinal: 1e-6, lrWarmup: 0,
  weightDecay: [0.04, 0.4], decayAll: true, beta1: 0.9, beta2: 0.999, adamEps: 1e-8, clipGradNorm: 0,
  momentum: [0.992, 1], freezeLastLayer: 0, seed: 0, kernels: 'tuned', halfStorage: false, checkpointMinutes: 1,
};

/** The rules for small data (LightlyTrain's DINO rules; method notes): fewer prototypes, cooler teacher, quicker momentum. */
const SMALL: Config = {
  ...REFERENCE,
  layerScale: null, dropPath: 0, teacherInit: 'copy', prototypes: 1024, headHidden: 256, headBottleneck: 64,
  globalScale: [0.4, 1], localScale: [0.1, 0.4], localViews: 4,
  teacherTemp: [0.02, 0.03], teacherTempWarmup: 0.2, ibotWeight: 0.2,
  lr: 1e-3, lrSchedule: 'cosine', lrWarmup: 0.1, weightDecay: [0.04, 0.1], decayAll: false, clipGradNorm: 3,
  momentum: [0.99, 1], freezeLastLayer: 0.02,
};

export const PRESETS: readonly Preset[] = [
  {
    name: 'tiny', title: 'Tiny', about: 'Small pictures, a small network: something to see within two minutes on a laptop\'s GPU.',
    // No blur: 2 px are little of 224 and would take most of what 32 show. Everything in docs/recipes.md was measured without.
    config: { ...SMALL, imageSize: 32, localSize: 16, patchSize: 4, embedDim: 96, depth: 4, numHeads: 3, batchSize: 32, localViews: 4, steps: 1500, blur: [0, 0, 0] },
  },
  {
    name: 'balanced', title: 'Balanced', about: 'A 12-block network on 96-pixel views: an evening on a GPU.',
    config: { ...SMALL, imageSize: 96, localSize: 48, patchSize: 8, embedDim: 192, depth: 12, numHeads: 3, headHidden: 1024, headBottleneck: 128, batchSize: 64, microBatch: 16, localViews: 6, steps: 20_000, globalScale: [0.25, 1], localScale: [0.05, 0.25] },
  },
  {
    name: 'thorough', title: 'Thorough', about: 'ViT-S/16 on 224-pixel views with the rules for small data: a night or more on a strong GPU.',
    config: { ...SMALL, imageSize: 224, localSize: 96, patchSize: 16, embedDim: 384, depth: 12, numHeads: 6, headHidden: 2048, headBottleneck: 256, prototypes: 2048, batchSize: 64, microBatch: 8, localViews: 8, steps: 40_000, globalScale: [0.25, 1], localScale: [0.05, 0.25], lr: 5e-4, dropPath: 0.1 },
  },
  {
    name: 'seed', title: 'Reference', about: 'The reference example as it is: ViT-S/16, ten local crops, 8,192 prototypes, constant rate.',
    config: { ...REFERENCE, microBatch: 8 },
  },
  {
    name: 'sample', title: 'Sample pictures', about: 'For the sample images: colours change so much from view to view that only shapes, textures, light and dark tell.',
    // docs/recipes.md: found in PyTorch, 50 TFLOP on 3,000 pictures. A cold teacher and many small steps; patches forget what kind they are of as the rate falls.
    config: {
      ...SMALL, imageSize: 64, localSize: 24, patchSize: 8, embedDim: 64, depth: 4, numHeads: 2, batchSize: 16, steps: 9300, blur: [0, 0, 0],
      jitter: 1, hue: 0.5, saturation: 0.8, grayscale: 0.4, teacherTemp: [0.01, 0.015], teacherTempWarmup: 0.3, ibotWeight: 0.3,
      lrSchedule: 'constant', momentum: [0.99, 0.99],
    },
  },
];

export function preset(name: string): Config {
  const found = PRESETS.find(p => p.name === name);
  if (!found) throw new ConfigError(`There is no preset "${name}". The presets are: ${PRESETS.map(p => p.name).join(', ')}.`);
  return structuredClone(found.config);
}

/** Throws ConfigError that names every problem. */
export function requireValid(config: Config): void {
  const problems = validate(config);
  if (problems.length) throw new ConfigError(problems.map(p => p.message).join(' '));
}
