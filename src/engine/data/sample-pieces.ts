/** What a thing in a sample picture is built of. */
import type { Shape } from './sample-shapes.ts';

/** A piece in the part's own paint, in a darker or lighter one, or near white or black. */
export type Look = 'own' | 'shade' | 'tint' | 'light' | 'dark';

export interface Piece { part: string; shape: Shape; look: Look }

export const piece = (part: string, shape: Shape, look: Look = 'own'): Piece => ({ part, shape, look });
