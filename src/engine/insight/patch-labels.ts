/** parts (size, size) -> (grid^2): the part that covers most pixels of each patch, of equals the smaller number. `size` is a multiple of `grid`. */
export function patchLabels(parts: Uint8Array, size: number, grid: number): Uint8Array {
  const side = size / grid;
  const counts = new Uint32Array(256);
  return Uint8Array.from({ length: grid * grid }, (_, patch) => {
    counts.fill(0);
    const corner = Math.floor(patch / grid) * side * size + patch % grid * side;
    for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) counts[parts[corner + y * size + x]!]!++;
    return counts.reduce((most, n, part) => n > counts[most]! ? part : most, 0);
  });
}
