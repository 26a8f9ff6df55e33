// Tokens are packed: SEQ_G sequences of SEQ_TG rows (global views), then SEQ_L of SEQ_TL (local crops).
fn sequence_start(s: u32) -> u32 { return select(SEQ_G * SEQ_TG + (s - SEQ_G) * SEQ_TL, s * SEQ_TG, s < SEQ_G); }
fn sequence_length(s: u32) -> u32 { return select(SEQ_TL, SEQ_TG, s < SEQ_G); }
fn sequence_of(row: u32) -> u32 {
  if (row < SEQ_G * SEQ_TG) { return row / SEQ_TG; }
  return SEQ_G + (row - SEQ_G * SEQ_TG) / SEQ_TL;
}
