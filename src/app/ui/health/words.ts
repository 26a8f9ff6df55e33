/** A diagnosis in plain words, and what each number says. */
import type { Config } from '#contract/config.ts';
import { figure, whole } from '#app/ui/common/format.ts';
import { type Diagnosis, HOLD, type Signs, type Verdict } from './diagnosis.ts';

export const TITLES: Record<Verdict, string> = {
  early: 'Too early to tell',
  well: 'Nothing speaks against it',
  uniform: 'All images look alike to the teacher',
  'one-prototype': 'The teacher gives every image the same answer',
  divergence: 'Training is falling apart',
};

/** What the numbers are that led to the verdict, and what it means. */
export function explain({ verdict, signs, usualGradNorm, settledAt }: Diagnosis, config: Config): string {
  const lnK = Math.log(config.prototypes);
  if (!signs || verdict === 'early') return `Every run begins with a teacher that can’t tell images apart. The numbers below begin to count at step ${whole(settledAt)}, once the warm-ups are over, and are judged after ${HOLD} steps more.`;
  switch (verdict) {
    case 'well': return 'The teacher tells images apart and is neither sure of nothing nor of one thing. Whether what it tells apart means something, the views and the class folders show.';
    case 'uniform': return `Its entropy is ${figure(signs.teacherEntropy)} nats, of ${figure(lnK)} (ln ${whole(config.prototypes)}) that no knowledge at all would have, and the class-token loss is ${figure(signs.dino)}. This is called uniform collapse: training on rarely gets out of it.`;
    case 'one-prototype': return `Of ${whole(config.prototypes)} prototypes the batch uses ${Number(signs.prototypesUsed.toFixed(1))}, and the entropy of the mean answer is ${figure(signs.meanEntropy, 3)} nats. This is called collapse onto one prototype: the loss falls, and nothing is learned.`;
    case 'divergence': return `The gradient’s norm is ${figure(signs.gradNorm)}${Number.isFinite(usualGradNorm) ? `, where it was ${figure(usualGradNorm)} once the run had settled` : ''}, and the class-token loss ${figure(signs.dino)} of ln ${whole(config.prototypes)} = ${figure(lnK)}. The steps have grown too large.`;
    default: return verdict satisfies never;
  }
}

export interface Sign { key: keyof Signs; name: string; healthy: string; says: string }

/** The numbers that say whether a network learns. */
export function signsOf(config: Config): Sign[] {
  const lnK = figure(Math.log(config.prototypes), 3);
  const rows = 2 * config.batchSize;
  return [
    { key: 'teacherEntropy', name: 'Teacher entropy', healthy: `between 0 and ${lnK}, slowly falling`, says: `How undecided the teacher is about one view, in nats. At ln K = ${lnK} it knows nothing, at 0 it is sure.` },
    { key: 'meanEntropy', name: 'Entropy of the mean', healthy: 'well above the teacher entropy', says: 'How varied its answers are over the batch. What it is above the entropy of one view is what it tells apart; near 0 all answers are the same.' },
    { key: 'kl', name: 'KL, teacher to student', healthy: 'above 0', says: 'What the student still has to learn of the teacher, in nats. At 0 both say the same of everything.' },
    { key: 'prototypesUsed', name: 'Prototypes in use', healthy: `many, of at most ${whole(Math.min(rows, config.prototypes))}`, says: `Prototypes that are the first choice for some of the batch’s ${whole(rows)} global views.` },
    { key: 'agreement', name: 'Agreement of views', healthy: 'rising, with many prototypes in use', says: 'Share of images whose two global views have the same first choice in the teacher.' },
    { key: 'featureSpread', name: 'Spread of features', healthy: 'towards 1', says: 'Standard deviation of the teacher’s class tokens over the batch: 0 where all are the same, 1 where they point everywhere.' },
  ];
}
