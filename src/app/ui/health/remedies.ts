/** What helps against each fault, as changes of the settings. */
import type { Config, ConfigKey } from '#contract/config.ts';
import type { Fault } from './diagnosis.ts';

/** A button's words, why it helps, and what it sets. */
export interface Remedy { label: string; why: string; change: Partial<Config> }

/** What a small dataset wants (contract/config.ts, the presets), and no remedy goes beyond. */
const COOL: [number, number] = [0.02, 0.03];
const SOFT: [number, number] = [0.04, 0.07];

/** The likeliest first; only what the settings don't have already. */
export function remediesFor(fault: Fault, c: Config): Remedy[] {
  const all: (Remedy | false)[] = fault === 'uniform' ? [
    (c.teacherTemp[0] > COOL[0] || c.teacherTemp[1] > COOL[1]) && {
      label: `Lower the teacher’s temperature to ${COOL.join(', ')}`, why: 'A cooler teacher is more sure of itself, which pulls its answers apart.', change: { teacherTemp: [Math.min(c.teacherTemp[0], COOL[0]), Math.min(c.teacherTemp[1], COOL[1])] },
    },
    c.layerScale !== null && c.layerScale < 0.1 && { label: 'Turn LayerScale off', why: 'With so small a scale the class token hardly sees the picture at first.', change: { layerScale: null } },
    freezeLonger(c),
    c.momentum[0] > 0.99 && { label: 'Let the teacher follow faster, from 0.99', why: 'On few images a slow teacher stays where it began for long.', change: { momentum: [0.99, c.momentum[1]] } },
    c.prototypes > 1024 && { label: 'Take 1,024 prototypes', why: 'Fewer suit fewer than 20,000 images.', change: { prototypes: 1024 } },
    lessRate(c, 0.5),
  ] : fault === 'one-prototype' ? [
    c.centerMomentum > 0.9 && { label: 'Move the center faster, at 0.9', why: 'Centering is what keeps one prototype from winning everywhere; it has to keep up with the teacher.', change: { centerMomentum: 0.9 } },
    c.teacherTemp[0] < COOL[0] && { label: `Raise the teacher’s temperature to ${SOFT.join(', ')}`, why: 'So cool a teacher takes the first prototype that is ahead for the only one.', change: { teacherTemp: SOFT } },
    warmUp(c),
    freezeLonger(c),
    c.koleoWeight === 0 && c.batchSize >= 16 && (c.microBatch === 0 || c.microBatch === c.batchSize) && { label: 'Add KoLeo at 0.1', why: 'It pushes different images apart.', change: { koleoWeight: 0.1 } },
    lessRate(c, 0.5),
  ] : [
    lessRate(c, 0.3),
    warmUp(c),
    (c.clipGradNorm === 0 || c.clipGradNorm > 3) && { label: 'Clip gradients at 3', why: 'One bad batch can’t throw the weights far then.', change: { clipGradNorm: 3 } },
    c.beta2 > 0.99 && { label: 'Set Beta 2 to 0.99', why: 'AdamW notices sooner that gradients have grown.', change: { beta2: 0.99 } },
  ];
  return all.filter(remedy => remedy !== false);
}

const lessRate = (c: Config, factor: number): Remedy | false => c.lr > 0 && {
  label: `Lower the learning rate to ${rounded(c.lr * factor)}`, why: 'Smaller steps leave the teacher time to settle.', change: { lr: rounded(c.lr * factor), lrFinal: Math.min(c.lrFinal, rounded(c.lr * factor)) },
};
const warmUp = (c: Config): Remedy | false => c.lrWarmup < 0.1 && { label: 'Warm the learning rate up over a tenth of the run', why: 'The first steps, in which everything is random, are then small.', change: { lrWarmup: 0.1 } };
const freezeLonger = (c: Config): Remedy | false => c.freezeLastLayer < 0.1 && { label: 'Freeze the prototypes for a tenth of the run', why: 'The network finds its feet before what it is compared with moves.', change: { freezeLastLayer: 0.1 } };

/** To two digits. */
const rounded = (v: number): number => Number(v.toPrecision(2));

/** Whether a form has what a remedy sets. */
export const applied = (config: Config, { change }: Remedy): boolean => (Object.keys(change) as ConfigKey[]).every(key => String(config[key]) === String(change[key]));
