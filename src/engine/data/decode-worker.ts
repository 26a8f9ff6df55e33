/** One of the workers of `decode-pool.ts`: a file in, its pixels out. */
import { messageOf } from '#lib/errors.ts';
import { decodeInspected, inspectImage } from './decode.ts';
import type { DecodeAnswer, DecodeRequest } from './decode-pool.ts';

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;

scope.addEventListener('message', (event: MessageEvent<DecodeRequest>) => {
  void answer(event.data);
});

async function answer(request: DecodeRequest): Promise<void> {
  const message = await decode(request);
  scope.postMessage(message, message.image ? [message.image.data.buffer] : []);
}

async function decode({ id, blob, decodeSize, mostPixels }: DecodeRequest): Promise<DecodeAnswer> {
  try {
    const header = await inspectImage(blob);
    const pixels = header.width * header.height;
    if (pixels > mostPixels) return { id, large: pixels };
    return { id, image: await decodeInspected(blob, header, decodeSize) };
  } catch (thrown) {
    return { id, failure: messageOf(thrown) };
  }
}
