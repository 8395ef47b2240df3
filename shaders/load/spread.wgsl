// A says which results of a convolution a pixel of its input goes into, B has the weights: their product with the results'
// gradient is the input's gradient, and with images it is a transposed convolution.
//   a: (images, out_height, out_width, out_channels); A: (images * pixels, taps * out_channels), 0 where there is no result
//   b: (taps, n, out_channels)
//   pool: 1: a is (images, out_height / 2, out_width / 2, out_channels), pooled; else 0
struct Spread { width: u32, pixels: u32, out_height: u32, out_width: u32, out_channels: u32, kernel_width: u32, stride: u32, padding: u32, dilation: u32, pool: u32 }
@group(0) @binding(20) var<storage, read> a: array<f32>;
@group(0) @binding(21) var<storage, read> b: array<f32>;
@group(0) @binding(22) var<uniform> spread: Spread;

struct Pixels { image: vec4u, y: vec4i, x: vec4i }
struct Tap { y: i32, x: i32, channel: u32, b: u32 }

fn load_rows(rows: vec4u) -> Pixels {
  let image = rows / spread.pixels;
  let pixel = rows % spread.pixels;
  let y = vec4i(pixel / spread.width + spread.padding);
  let x = vec4i(pixel % spread.width + spread.padding);
  return Pixels(vec4u(sample(image.x), sample(image.y), sample(image.z), sample(image.w)) * (spread.out_height >> spread.pool), y, x);
}
fn load_cols(cols: vec4u) -> vec4u { return cols * spread.out_channels; }

fn load_step(k: u32) -> Tap {
  let tap = k / spread.out_channels;
  let channel = k % spread.out_channels;
  let y = i32(tap / spread.kernel_width * spread.dilation);
  let x = i32(tap % spread.kernel_width * spread.dilation);
  return Tap(y, x, channel, tap * dims.n * spread.out_channels + channel);
}
fn load_a(pixels: Pixels, tap: Tap) -> vec4f {
  // Unsigned: what is negative is far beyond, and so are its quotients, by strides that occur.
  let up = vec4u(pixels.y - tap.y);
  let left = vec4u(pixels.x - tap.x);
  let y = up / spread.stride;
  let x = left / spread.stride;
  let exact = (y * spread.stride == up) & (x * spread.stride == left);
  let inside = exact & (y < vec4u(spread.out_height)) & (x < vec4u(spread.out_width));
  let pool = vec4u(spread.pool);
  let windows = select(vec4u(), (pixels.image + (y >> pool)) * (spread.out_width >> spread.pool) + (x >> pool), inside);
  let i = windows * spread.out_channels + tap.channel;
  let value = vec4f(a[i.x], a[i.y], a[i.z], a[i.w]);
  return select(vec4f(), expand_pixels(value, windows, (y & pool) * 2u + (x & pool), tap.channel), inside);
}
fn load_b(cols: vec4u, tap: Tap) -> vec4f {
  let i = cols + tap.b;
  return vec4f(b[i.x], b[i.y], b[i.z], b[i.w]);
}
