// A is the patches of images, B a whole row-major matrix: their product is a convolution.
//   a: (images, height, width, channels); A: (images * out pixels, taps * channels), 0 outside of the image
//   b: (taps * channels, n): taps are the places of the kernel, row by row
//   pool: 1: the rows of the four pixels of a window of 2 x 2 follow one another, window by window; else 0
struct Patches { height: u32, width: u32, channels: u32, out_width: u32, out_pixels: u32, kernel_width: u32, stride: u32, padding: u32, dilation: u32, pool: u32 }
@group(0) @binding(20) var<storage, read> a: array<f32>;
@group(0) @binding(21) var<storage, read> b: array<f32>;
@group(0) @binding(22) var<uniform> patches: Patches;

// Where the patches of four rows begin; y and x may be negative, then at is nowhere.
struct Corners { at: vec4i, y: vec4i, x: vec4i }
struct Tap { at: i32, y: i32, x: i32, b: u32 }

fn load_rows(rows: vec4u) -> Corners {
  let image = rows / patches.out_pixels;
  let window = (rows % patches.out_pixels) >> vec4u(2u * patches.pool);
  let across = patches.out_width >> patches.pool;
  let down = ((window / across) << vec4u(patches.pool)) + ((rows >> vec4u(1u)) & vec4u(patches.pool));
  let right = ((window % across) << vec4u(patches.pool)) + (rows & vec4u(patches.pool));
  let y = vec4i(down * patches.stride) - i32(patches.padding);
  let x = vec4i(right * patches.stride) - i32(patches.padding);
  let first = vec4i(vec4u(sample(image.x), sample(image.y), sample(image.z), sample(image.w)) * patches.height);
  return Corners(((first + y) * i32(patches.width) + x) * i32(patches.channels), y, x);
}
fn load_cols(cols: vec4u) -> vec4u { return cols; }

fn load_step(k: u32) -> Tap {
  let tap = k / patches.channels;
  let y = i32(tap / patches.kernel_width * patches.dilation);
  let x = i32(tap % patches.kernel_width * patches.dilation);
  return Tap((y * i32(patches.width) + x) * i32(patches.channels) + i32(k % patches.channels), y, x, k * dims.n);
}
fn load_a(corners: Corners, tap: Tap) -> vec4f {
  // Unsigned: what is negative is far beyond.
  let inside = (vec4u(corners.y + tap.y) < vec4u(patches.height)) & (vec4u(corners.x + tap.x) < vec4u(patches.width));
  let i = select(vec4u(), vec4u(corners.at + tap.at), inside);
  return select(vec4f(), vec4f(a[i.x], a[i.y], a[i.z], a[i.w]), inside);
}
fn load_b(cols: vec4u, tap: Tap) -> vec4f {
  let i = cols + tap.b;
  return vec4f(b[i.x], b[i.y], b[i.z], b[i.w]);
}
