// Rows that one thread of a core with column sums has, one below the other; their sums are one chunk.
const THREAD_ROWS = 8u;
