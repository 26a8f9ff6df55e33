/** C0 and C1 controls, and the marks that turn the direction of writing: a name with them can look like another. */
const MISLEADING = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A file's name as it can be shown: what would hide or reorder its letters becomes a replacement character. */
export const visible = (name: string): string => name.replace(MISLEADING, '\ufffd');
