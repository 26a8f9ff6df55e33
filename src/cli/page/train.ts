import { proxy, wrap, type Remote } from 'comlink';
import type { SourceFile, TrainerApi, TrainerEvent } from '#contract/trainer.ts';
import { failureOf, fault, fetchFile, outcome } from './page.ts';
import type { ServedFile, TrainEnd, TrainJob } from './protocol.ts';

let stopping = false;
let stop = () => {};

window.glimpseTrain = job => {
  const worker = new Worker(new URL('../../engine/worker.ts', import.meta.url), { type: 'module' });
  const api = wrap<TrainerApi>(worker);
  stop = () => void api.stop();
  return outcome(Promise.race([train(api, job), failureOf(worker)]));
};
window.glimpseStop = () => {
  stopping = true;
  stop();
};

async function train(api: Remote<TrainerApi>, job: TrainJob): Promise<TrainEnd> {
  const device = await api.device();
  if (!device.ok) throw fault('UserError', device.reason);
  await window.glimpseMessage({ type: 'device', name: device.name, software: device.software });

  let step = 0;
  let settle: (end: TrainEnd) => void;
  let fail: (error: Error) => void;
  const ended = new Promise<TrainEnd>((resolve, reject) => { settle = resolve; fail = reject; });
  const listen = (events: TrainerEvent[]) => {
    for (const event of events) {
      if (event.type === 'steps') {
        step = event.reports.at(-1)?.step ?? step;
        void window.glimpseMessage({ type: 'steps', reports: event.reports });
      } else if (event.type === 'failure') fail(fault(event.name, event.message));
      else if (event.type === 'state' && event.state === 'failed') fail(fault('RunFailed', event.message ?? 'The run failed.'));
      else if (event.type === 'state' && (event.state === 'finished' || event.state === 'stopped')) settle(event.state);
    }
  };
  // A failure before anyone waits for the end is reported by the call that failed.
  ended.catch(() => {});
  await api.subscribe(proxy(listen));

  const summary = job.files
    ? await api.loadFiles(job.name, await fetchAll(job.files))
    : await api.loadSample(job.images, job.config.seed);
  await window.glimpseMessage({ type: 'dataset', summary });
  if (!summary.count) throw fault('UserError', `None of the ${summary.files} files in ${job.name} is an image that can be used (the reasons are above).`);

  const queries = await fetchAll(job.queries);
  const evaluate = async () => {
    if (queries.length) await window.glimpseMessage({ type: 'knn', knn: await api.knn(queries), step });
    const report = job.evaluate && await api.evaluate();
    if (report) await window.glimpseMessage({ type: 'evaluation', report });
  };
  if (stopping) return 'stopped';
  await api.start(job.config, false);
  await evaluate();
  if (stopping) return 'stopped';
  await api.resume();
  const end = await ended;
  if (end === 'finished') await evaluate();
  return end;
}

/** In order, eight at a time: a folder can hold more files than Chromium has connections. */
async function fetchAll(files: ServedFile[]): Promise<SourceFile[]> {
  const result: SourceFile[] = [];
  for (let at = 0; at < files.length; at += 8) {
    result.push(...await Promise.all(files.slice(at, at + 8).map(async ({ index, path }) => ({ path, file: await fetchFile(index, path) }))));
  }
  return result;
}
