// The first of the windows that cover a row or column, which is counted from the padding's first.
fn pool_first(at: u32, kernel: u32, stride: u32) -> u32 {
  if (at < kernel) { return 0u; }
  return (at - kernel) / stride + 1u;
}
