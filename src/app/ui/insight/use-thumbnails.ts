import { useEffect, useState } from 'react';
import type { Thumbnail } from '#contract/trainer.ts';
import { toFailure } from '#app/store/client.ts';
import { useStore } from '#app/store/store.ts';

/** Thumbnails of images of the dataset, those that are there yet. */
export function useThumbnails(indices: readonly number[]): (Thumbnail | undefined)[] {
  const [found, setFound] = useState<ReadonlyMap<number, Thumbnail>>(new Map());
  const version = useStore(s => s.datasetVersion);
  const key = indices.join(' ');
  useEffect(() => {
    let over = false;
    const wanted = key ? key.split(' ').map(Number) : [];
    const { thumbnailsOf, addFailure } = useStore.getState();
    const fetch = async () => {
      try {
        const got = await thumbnailsOf(wanted);
        if (!over) setFound(new Map(got.map(t => [t.index, t])));
      } catch (error) {
        if (!over) addFailure(toFailure(error));
      }
    };
    void fetch();
    return () => { over = true; };
  }, [key, version]);
  return indices.map(i => found.get(i));
}
