/** What the points of a map are told apart by: groups with a colour and a shape each, never a colour alone. */
import type { DatasetMap } from '#contract/survey.ts';
import type { Colouring } from '#app/store/looking.ts';
import { whole } from '#app/ui/common/format.ts';

export interface Group { label: string; colour: number; shape: number; points: number[] }

/** Each at least 3:1 on its panel. */
export const PALETTE = {
  light: ['#0a6663', '#b04e0b', '#1769aa', '#a3261b', '#7a3fa0', '#5d6d00', '#b0307a', '#4f5d5b'],
  dark: ['#5fd0c1', '#f2a25c', '#6fb6f2', '#ff9c8f', '#c79be6', '#c3cf4f', '#f08cc4', '#a0adb0'],
} as const;

/** Paths in a square of 10 units around its middle, filled. */
export const SHAPES = [
  'M 5 0.6 A 4.4 4.4 0 1 1 4.99 0.6 Z', 'M 1.2 1.2 H 8.8 V 8.8 H 1.2 Z', 'M 5 0.4 L 9.8 9 H 0.2 Z', 'M 5 0 L 10 5 L 5 10 L 0 5 Z',
  'M 3.5 0.5 H 6.5 V 3.5 H 9.5 V 6.5 H 6.5 V 9.5 H 3.5 V 6.5 H 0.5 V 3.5 H 3.5 Z', 'M 5 9.6 L 0.2 1 H 9.8 Z',
] as const;

/** Folders with a group of their own: the largest. The others share one. */
const MOST_FOLDERS = 15;
/** Parts of the dataset's order. */
const PARTS = 4;

export function groupsOf(map: DatasetMap, colouring: Colouring, folders: readonly string[]): Group[] {
  const points = map.positions.length / 2;
  const gather = (count: number, of: (point: number) => number): number[][] => {
    const lists = Array.from({ length: count }, () => [] as number[]);
    for (let p = 0; p < points; p++) lists[of(p)]!.push(p);
    return lists;
  };
  const styled = (lists: { label: string; points: number[] }[]) => lists.map((g, i) => ({ ...g, colour: i % PALETTE.light.length, shape: i % SHAPES.length }));
  if (colouring === 'folder' && map.folders) {
    const lists = gather(folders.length, p => map.folders![p]!).map((own, i) => ({ label: folders[i]!, points: own })).filter(g => g.points.length > 0);
    const largest = new Set(lists.toSorted((a, b) => b.points.length - a.points.length).slice(0, MOST_FOLDERS));
    const rest = lists.filter(g => !largest.has(g));
    const others = rest.length ? [{ label: `${whole(rest.length)} other folders`, points: rest.flatMap(g => g.points) }] : [];
    return styled([...lists.filter(g => largest.has(g)), ...others]);
  }
  if (colouring === 'order') {
    const partOf = (p: number) => Math.floor((p * PARTS) / points);
    return styled(gather(PARTS, partOf).map(own => ({ label: own.length ? `Images ${whole(own[0]! * map.every + 1)} to ${whole(own.at(-1)! * map.every + 1)}` : '', points: own })).filter(g => g.points.length > 0));
  }
  const count = map.clusters.reduce((m, c) => Math.max(m, c + 1), 0);
  return styled(gather(count, p => map.clusters[p]!).map((own, i) => ({ label: `Cluster ${i + 1}`, points: own })));
}

/** The folder that most of the points come from, and its share of them; null without class folders. */
export function mostly(map: DatasetMap, points: readonly number[], folders: readonly string[]): { folder: string; share: number } | null {
  if (!map.folders || points.length === 0) return null;
  const counts = new Map<number, number>();
  for (const p of points) counts.set(map.folders[p]!, (counts.get(map.folders[p]!) ?? 0) + 1);
  const [folder, count] = [...counts].reduce((best, entry) => entry[1] > best[1] ? entry : best);
  return { folder: folders[folder] ?? '', share: count / points.length };
}
