/** Decoding beside the thread that prepares batches: a few workers, whoever is free takes the next file. */
import { UnusableImageError } from '#lib/errors.ts';
import { decodeImage } from './decode.ts';
import type { DecodedImage } from './decode.ts';
import { Gate } from './gate.ts';

export interface DecodeRequest {
  id: number;
  blob: Blob;
  decodeSize: number;
  /** An image of more pixels isn't decoded: its number of pixels is answered instead. */
  mostPixels: number;
}

export interface DecodeAnswer { id: number; image?: DecodedImage; large?: number; failure?: string }

interface Job { request: DecodeRequest; resolve: (answer: DecodeAnswer) => void }
interface Member { worker: Worker; jobs: Map<number, Job> }

/** Files that a worker has in hand: one is read while another is decoded. */
const JOBS_EACH = 2;
/** Images up to so many pixels are decoded as they come: a photograph of a phone. */
const FREE_PIXELS = 13_000_000;
/** Pixels of larger ones in hand at once. A pixel takes 4 bytes, twice while it is scaled. */
const LARGE_PIXELS = 50_000_000;

export class DecodePool {
  readonly #members: Member[] = [];
  readonly #size: number;
  readonly #open: () => Worker;
  /** Read from #next on: taking the first of many by `shift` would move all the others. */
  #queue: Job[] = [];
  #next = 0;
  #ids = 0;
  #broken = false;
  readonly #gate = new Gate(LARGE_PIXELS);

  /** @param size workers at most; they are started as they are needed */
  constructor(size: number, open: () => Worker = openWorker) {
    this.#size = size;
    this.#open = open;
  }

  /** See `decodeImage`. */
  decode = async (blob: Blob, decodeSize: number): Promise<DecodedImage> => {
    const answer = await this.#ask(blob, decodeSize, FREE_PIXELS);
    if (answer.large === undefined) return imageOf(answer);
    return imageOf(await this.#gate.run(answer.large, () => this.#ask(blob, decodeSize, Infinity)));
  };

  /** Ends the workers; what they have in hand is never answered. */
  close(): void {
    for (const { worker } of this.#members.splice(0)) worker.terminate();
    this.#queue = [];
    this.#next = 0;
  }

  #ask(blob: Blob, decodeSize: number, mostPixels: number): Promise<DecodeAnswer> {
    return new Promise(resolve => {
      this.#queue.push({ request: { id: this.#ids++, blob, decodeSize, mostPixels }, resolve });
      this.#serve();
    });
  }

  #serve(): void {
    while (this.#next < this.#queue.length) {
      const job = this.#queue[this.#next]!;
      if (this.#broken) void here(job.request).then(job.resolve);
      else {
        const member = this.#free();
        if (this.#broken) continue;
        if (!member) break;
        member.jobs.set(job.request.id, job);
        member.worker.postMessage(job.request, []);
      }
      this.#next++;
    }
    if (this.#next > 1000 && this.#next * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#next);
      this.#next = 0;
    }
  }

  /** The member with the least to do that can take more, or a new one. */
  #free(): Member | undefined {
    let least: Member | undefined;
    for (const member of this.#members) if (!least || member.jobs.size < least.jobs.size) least = member;
    if ((!least || least.jobs.size > 0) && this.#members.length < this.#size) return this.#start();
    return least && least.jobs.size < JOBS_EACH ? least : undefined;
  }

  #start(): Member | undefined {
    let worker: Worker;
    try {
      worker = this.#open();
    } catch {
      this.#broken = true;
      return undefined;
    }
    const member: Member = { worker, jobs: new Map() };
    member.worker.addEventListener('message', (event: MessageEvent<DecodeAnswer>) => {
      const job = member.jobs.get(event.data.id);
      member.jobs.delete(event.data.id);
      job?.resolve(event.data);
      this.#serve();
    });
    // A browser without workers within workers, or a script that couldn't be loaded: this thread decodes by itself.
    member.worker.addEventListener('error', event => {
      event.preventDefault();
      this.#broken = true;
      this.#queue.push(...member.jobs.values());
      member.jobs.clear();
      this.#serve();
    });
    this.#members.push(member);
    return member;
  }
}

function imageOf(answer: DecodeAnswer): DecodedImage {
  if (answer.image) return answer.image;
  throw new UnusableImageError(answer.failure ?? 'The browser could not decode the file.');
}

async function here({ id, blob, decodeSize }: DecodeRequest): Promise<DecodeAnswer> {
  try {
    return { id, image: await decodeImage(blob, decodeSize) };
  } catch (thrown) {
    return { id, failure: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

function openWorker(): Worker {
  return new Worker(new URL('./decode-worker.ts', import.meta.url), { type: 'module', name: 'glimpse decoder' });
}

/** Half of the processor's threads, from 2 to 4: the others are for the page, the run and the GPU's process. */
export const poolSize = (): number => Math.min(4, Math.max(2, Math.floor((globalThis.navigator?.hardwareConcurrency ?? 4) / 2)));

let shared: DecodePool | undefined;

/** Decodes with the one pool of this thread. */
export function decodeInPool(blob: Blob, decodeSize: number): Promise<DecodedImage> {
  shared ??= new DecodePool(poolSize());
  return shared.decode(blob, decodeSize);
}
