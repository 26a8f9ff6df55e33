/**
 * What was measured, kept from one start to the next in this browser: for a device, a browser and a set of kernels, the
 * choice for each product. Nothing depends on it; where it can't be had, measuring starts anew.
 */
import type { Gpu } from '#engine/gpu/device.ts';
import type { Finding } from '#engine/measure/tuner.ts';

/** Rises when what is stored means something else. */
const FORMAT = 1;
const DATABASE = 'glimpse-tuning';
const STORE = 'devices';
/** Some browsers never answer where storage is forbidden. */
const PATIENCE = 1000;

export interface StoredFinding extends Finding { /** ISO date. */ date: string }

export interface Ingredients {
  /** Paths and texts of all kernels and fragments that products are made of, and the list of tiles. */
  texts: readonly (readonly [path: string, text: string])[];
  tiles: unknown;
  adapter: { vendor: string; architecture: string; device: string; description: string };
  subgroups: readonly [min: number, max: number];
  features: readonly string[];
  browser: string;
}

export interface TuningKey {
  /** Everything that measured times depend on. */
  id: string;
  /** The adapter alone: what is stored for it under another id is out of date. */
  adapter: string;
}

export async function tuningKey(i: Ingredients): Promise<TuningKey> {
  const adapter = await hash([i.adapter.vendor, i.adapter.architecture, i.adapter.device, i.adapter.description]);
  return { adapter, id: await hash([FORMAT, i.texts, i.tiles, adapter, i.subgroups, [...i.features].sort(), i.browser]) };
}

async function hash(what: unknown): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(what)));
  return Array.from(new Uint8Array(digest), b => b.toString(16).padStart(2, '0')).join('');
}

export function ingredientsOf(gpu: Gpu, texts: Ingredients['texts'], tiles: unknown): Ingredients {
  const { vendor, architecture, device, description, subgroupMinSize, subgroupMaxSize } = gpu.adapter.info;
  return {
    texts, tiles, adapter: { vendor, architecture, device, description }, subgroups: [subgroupMinSize, subgroupMaxSize],
    features: [...gpu.device.features], browser: browserOf(navigator),
  };
}

interface Agent { userAgent: string; userAgentData?: { brands: readonly { brand: string; version: string }[] } }

/** Name and major version: a compiler of shaders changes with them. */
export function browserOf(agent: Agent): string {
  const brands = agent.userAgentData?.brands ?? [];
  if (brands.length) return brands.map(b => `${b.brand} ${b.version}`).sort().join(', ');
  return /\b(?:Firefox|Version|Edg|Chrome)\/\d+/.exec(agent.userAgent)?.[0] ?? agent.userAgent;
}

interface Stored { id: string; adapter: string; findings: Record<string, StoredFinding> }

/** Findings by productKey. Rejects where this browser stores nothing. */
export async function loadFindings(key: TuningKey, database = DATABASE): Promise<Map<string, StoredFinding>> {
  const found = await inStore(database, 'readonly', store => store.get(key.id)) as Stored | undefined;
  return new Map(Object.entries(found?.findings ?? {}));
}

/** Adds to what is stored under this key, and removes what is out of date for its adapter. */
export async function saveFindings(key: TuningKey, findings: ReadonlyMap<string, StoredFinding>, database = DATABASE): Promise<void> {
  await inStore(database, 'readwrite', store => {
    const reading: IDBRequest<Stored[]> = store.getAll();
    reading.addEventListener('success', () => {
      const own = reading.result.find(s => s.id === key.id);
      for (const s of reading.result) if (s.adapter === key.adapter && s.id !== key.id) store.delete(s.id);
      store.put({ ...key, findings: { ...own?.findings, ...Object.fromEntries(findings) } } satisfies Stored);
    });
    return reading;
  });
}

/** One transaction; the result is that of the request that `act` makes. */
async function inStore(database: string, mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
  const db = await open(database);
  try {
    return await new Promise((resolve, reject) => {
      const transaction = db.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      transaction.addEventListener('complete', () => resolve(request.result));
      transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('the browser ended the transaction')));
    });
  } finally {
    db.close();
  }
}

function open(database: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    // After a refusal nobody waits for the answer.
    let over = false;
    const refuse = (why: Error) => { over = true; reject(why); };
    const timer = setTimeout(() => refuse(new Error('the browser\'s storage does not answer')), PATIENCE);
    const request = indexedDB.open(database, FORMAT);
    request.addEventListener('upgradeneeded', () => {
      const db = request.result;
      for (const name of db.objectStoreNames) db.deleteObjectStore(name);
      db.createObjectStore(STORE, { keyPath: 'id' });
    });
    request.addEventListener('success', () => {
      clearTimeout(timer);
      if (over) request.result.close();
      else resolve(request.result);
    });
    request.addEventListener('blocked', () => refuse(new Error('another tab holds an older version open')));
    request.addEventListener('error', () => {
      clearTimeout(timer);
      reject(request.error ?? new Error('the browser gives no reason'));
    });
  });
}
