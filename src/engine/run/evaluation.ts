/**
 * What the teacher knows, by questions whose answers are known. Images are encoded in batches, each in a turn of its own between the
 * steps of a run, by a copy of the teacher; the answers are worked out on the processor, in pieces. While a run trains both rest. The
 * untrained network and colour alone answer the same questions once for each dataset and network.
 */
import type { Config } from '#contract/config.ts';
import type { EvaluationReport, FigureId } from '#contract/trainer.ts';
import type { Dataset, SourceImage } from '#engine/data/dataset.ts';
import { centerView } from '#engine/data/views.ts';
import type { Gpu } from '#engine/gpu/device.ts';
import { copyOf } from '#engine/gpu/tensor.ts';
import { Encoder } from '#engine/insight/encoder.ts';
import { type Description, type Question, questionsOf } from '#engine/insight/figures.ts';
import { Gathering } from '#engine/insight/gathering.ts';
import { Meter } from '#engine/insight/meter.ts';
import type { Pieces } from '#engine/insight/pieces.ts';
import { parameterTensors } from '#engine/model/parameters.ts';
import type { Named } from '#engine/model/vit.ts';
import { batchOf } from './batch.ts';
import { rest } from './best.ts';
import { drawBeyond, type Exam, examOf } from './exam.ts';
import { requireImages } from './pictures.ts';
import { leisurely, PASS_REST } from './rest.ts';
import { StillTeacher, untrainedWeights } from './teacher.ts';
import type { Viewer } from './viewer.ts';
import type { Surroundings } from './views.ts';

/** Percent by question. */
type Marks = Map<FigureId, number>;

/** What stays the same for a dataset and a network, whatever it learns. */
interface Baseline { dataset: Dataset; key: string; exam: Exam; untrained: Marks; colour: Marks; thumbnail: Marks }

/** A network with an encoder on it, for as long as it is looked through. */
interface Loan { gpu: Gpu; encoder: Encoder; weights: { destroy: () => void }; user: AbortController }

/** One evaluation under way. */
interface Task {
  gpu: Gpu; dataset: Dataset; config: Config; step: number;
  user: AbortController;
  /** Of the trained teacher; null where it has not learned anything yet. */
  trained: Loan | null;
  tell: (doing: 'pictures' | FigureId) => void;
}

export class Evaluation {
  private readonly viewer: Viewer;
  private readonly around: Surroundings;
  private baseline: Baseline | null = null;
  private running: AbortController | null = null;
  private readonly loans = new Set<Loan>();

  constructor(viewer: Viewer, around: Surroundings) {
    this.viewer = viewer;
    this.around = around;
    viewer.onFree.add(() => this.free());
  }

  cancel(): void {
    this.running?.abort();
  }

  /** Null when cancelled. Throws StateError where there is nothing to ask, NoRoomError where the GPU has no room for a copy of the teacher. */
  async run(): Promise<EvaluationReport | null> {
    this.cancel();
    const running = this.running = new AbortController();
    const start = performance.now();
    try {
      const { step, figures } = await this.evaluate(running);
      return { step, figures, seconds: (performance.now() - start) / 1000 };
    } catch (e) {
      if (running.signal.aborted) return null;
      throw e;
    } finally {
      if (this.running === running) this.running = null;
    }
  }

  private async evaluate(user: AbortController): Promise<Pick<EvaluationReport, 'step' | 'figures'>> {
    const task = await this.begin(user);
    try {
      const { dataset, config, step, trained } = task;
      const key = identityOf(dataset, config);
      const known = this.baseline?.dataset === dataset && this.baseline.key === key ? this.baseline : null;
      const exam = known?.exam ?? await this.think(task, examOf(dataset, config));
      const questions = questionsOf(exam);
      task.tell = this.progress(questions, Math.ceil(exam.images.length / batchOf(config)), trained !== null, known === null);
      const seen = trained && await this.look(task, trained, exam);
      await this.giveBack(trained);
      const marks = seen && await this.answer(task, questions, seen.network);
      const { untrained, colour, thumbnail } = this.baseline = known ?? { dataset, key, exam, ...await this.baselines(task, exam, questions) };
      return {
        step,
        figures: questions.map(({ id, queries, bank, labels }) => ({
          id, trained: (marks ?? untrained).get(id)!, untrained: untrained.get(id)!, colour: colour.get(id)!, thumbnail: thumbnail.get(id) ?? null, queries, bank, labels,
        })),
      };
    } finally {
      await this.giveBack(task.trained);
    }
  }

  /** Settles what is evaluated: the teacher as it is now is copied, so that all is seen by the same one. */
  private begin(user: AbortController): Promise<Task> {
    return this.turn(user, async () => {
      const gpu = await this.around.open();
      const dataset = requireImages(this.around.dataset());
      const session = this.around.session();
      const step = session?.step ?? 0;
      const config = session?.config ?? this.around.draft();
      const trained = session && step > 0 ? await this.lend(gpu, config, user, account => {
        const { layout, teacher } = session.trainer.step.state;
        const copy = copyOf(account, teacher);
        return { parameters: parameterTensors(layout, copy), destroy: () => account.release(copy.buffer!) };
      }) : null;
      return { gpu, dataset, config, step, user, trained, tell: () => {} };
    });
  }

  private async baselines(task: Task, exam: Exam, questions: readonly Question[]): Promise<Omit<Baseline, 'dataset' | 'key' | 'exam'>> {
    const { gpu, config, user } = task;
    const loan = await this.turn(user, () => this.lend(gpu, config, user, account => {
      const teacher = new StillTeacher(account, config);
      teacher.hold(0, untrainedWeights(config));
      return teacher;
    }));
    try {
      const seen = await this.look(task, loan, exam);
      await this.giveBack(loan);
      const banked = exam.bank.length;
      return {
        untrained: await this.answer(task, questions, seen.network),
        colour: await this.answer(task, questions, seen.colours(banked)),
        thumbnail: await this.answer(task, questions.filter(q => !q.ofPatches), seen.thumbnails(banked)),
      };
    } finally {
      await this.giveBack(loan);
    }
  }

  private async answer(task: Task, questions: readonly Question[], described: Description): Promise<Marks> {
    const marks: Marks = new Map();
    for (const { id, answer } of questions) {
      task.tell(id);
      marks.set(id, await this.think(task, answer(described)));
    }
    return marks;
  }

  /** Encodes all images of the exam. */
  private async look(task: Task, { encoder }: Loan, exam: Exam): Promise<Gathering> {
    const { count } = encoder;
    const { images, patchImages } = exam;
    const gathering = new Gathering(encoder, task.config.embedDim, images.length, patchImages);
    for (let first = 0; first < images.length; first += count) {
      task.tell('pictures');
      const shown = await this.pictures(task, exam, images.slice(first, first + count));
      // The last batch is filled up with its last image.
      const filled = Array.from({ length: count }, (_, i) => shown[Math.min(i, shown.length - 1)]!);
      const took = await this.turn(task.user, async () => {
        const meter = new Meter();
        await meter.gpu(task.gpu, () => encoder.run(filled, filled.map(i => centerView(i.width, i.height))));
        await gathering.take(first, shown.length, meter);
        return meter.ms;
      });
      await rest(PASS_REST * took, task.user.signal, this.training);
    }
    return gathering;
  }

  /** Images of the dataset, and pictures drawn beyond it. */
  private async pictures(task: Task, exam: Exam, indices: readonly number[]): Promise<SourceImage[]> {
    const { dataset } = task;
    const own = await dataset.images(indices.filter(i => i < dataset.count));
    return [...own, ...await this.think(task, drawBeyond(dataset, exam, indices.filter(i => i >= dataset.count)))];
  }

  private readonly training = (): boolean => this.around.session()?.training === true;

  private think<T>({ user }: Task, work: Pieces<T>): Promise<T> {
    return leisurely(work, user.signal, this.training);
  }

  private turn<T>({ signal }: AbortController, act: () => Promise<T>): Promise<T> {
    return this.viewer.turn(async () => {
      signal.throwIfAborted();
      return act();
    });
  }

  /** Counts batches and questions as equals: bars needn't be exact. `baselines`: the untrained network, colour and thumbnails, too. */
  private progress(questions: readonly Question[], batches: number, trained: boolean, baselines: boolean): Task['tell'] {
    const total = (trained ? batches + questions.length : 0) + (baselines ? batches + 2 * questions.length + questions.filter(q => !q.ofPatches).length : 0);
    let done = 0;
    return doing => this.around.send({ type: 'evaluation', doing, done: done++, total });
  }

  private async lend(gpu: Gpu, config: Config, user: AbortController, make: (account: Gpu) => { parameters: Named; destroy: () => void }): Promise<Loan> {
    const loan = await gpu.allocating(async account => {
      const weights = make(account);
      return { gpu, user, weights, encoder: await Encoder.create(account, config, weights.parameters, batchOf(config)) };
    });
    this.loans.add(loan);
    return loan;
  }

  private async giveBack(loan: Loan | null): Promise<void> {
    if (loan && this.loans.has(loan)) await this.viewer.turn(async () => this.end(loan));
  }

  private end(loan: Loan): void {
    if (!this.loans.delete(loan)) return;
    loan.encoder.destroy();
    loan.weights.destroy();
  }

  /** What was looked at is gone: frees what that takes, and ends the evaluation; call it in a turn. */
  private free(): void {
    this.cancel();
    for (const loan of this.loans) {
      loan.user.abort();
      this.end(loan);
    }
  }
}

/** What the answers of an untrained network depend on, beside the images. */
function identityOf({ decodeSize }: Dataset, c: Config): string {
  return JSON.stringify([decodeSize, c.seed, c.imageSize, c.patchSize, c.embedDim, c.depth, c.numHeads, c.mlpRatio, c.layerScale, c.headHidden, c.headBottleneck, c.prototypes, c.mean, c.std]);
}
