// Where a thread's quads of a row lie: QUADS of them next to each other (NEIGHBOURS, software adapters) or WG apart.
fn row_quad(j: u32, lid: u32) -> u32 {
  #if NEIGHBOURS
  return lid * QUADS + j;
  #else
  return j * WG + lid;
  #end
}
// Of a quad's four columns, those below `columns`.
fn real_columns(i: u32, columns: u32) -> vec4<bool> { return 4u * i + vec4u(0u, 1u, 2u, 3u) < vec4u(columns); }
