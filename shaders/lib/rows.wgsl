// Rows whose sums are one chunk: those that one thread of a core has, one below the other. They are added in two parts.
const CHUNK_ROWS = 8u;
const PART_ROWS = 4u;
