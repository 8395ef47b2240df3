// What goes on in a rectifier's layer, over the valid rows of a batch:
//   statistics = (mean z, deviation z, mean y, largest |dz|, mean dz, deviation dz, dead, saturated)
// dead: share of units whose y is 0 in every row; saturated: of those with |f'(z)| < 0.01 in every row.
//   z, dz: seen as (rows, width), of `batch` samples; statistics: (8), set (=)
// One workgroup; one thread takes every 64th column. Two passes: about the mean, and in units of the largest |dz|, so that
// gradients of 1e-30 have a deviation, too.
struct Statistics { rows: u32, width: u32, batch: u32 }
@group(0) @binding(0) var<uniform> layer: Statistics;
@group(0) @binding(1) var<storage, read> z: array<f32>;
@group(0) @binding(2) var<storage, read> dz: array<f32>;
@group(0) @binding(3) var<storage, read_write> statistics: array<f32>;
var<workgroup> partial: array<vec4f, 64>;
const SATURATED = 0.01;

// The sum of all threads' x, y, z, and their largest w; the same for every thread.
fn total(mine: vec4f, local: u32) -> vec4f {
  workgroupBarrier();
  partial[local] = mine;
  workgroupBarrier();
  if (local == 0u) {
    for (var i = 1u; i < 64u; i++) {
      partial[0] = vec4f(partial[0].xyz + partial[i].xyz, max(partial[0].w, partial[i].w));
    }
  }
  workgroupBarrier();
  return partial[0];
}

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) local: u32) {
  let rows = min(step.valid, layer.batch) * (layer.rows / layer.batch);
  let count = f32(max(rows * layer.width, 1u));
  var first = vec4f();
  var units = vec2f();
  for (var col = local; col < layer.width; col += 64u) {
    var alive = false;
    var steep = false;
    for (var row = 0u; row < rows; row++) {
      let i = row * layer.width + col;
      let p = parameters(i);
      let y = forward(z[i], p);
      alive = alive || y != 0.0;
      steep = steep || abs(dx(z[i], p)) >= SATURATED;
      first = vec4f(first.x + z[i], first.y + y, first.z, max(first.w, abs(dz[i])));
    }
    units += vec2f(f32(!alive), f32(!steep));
  }
  let sums = total(first, local);
  let shares = total(vec4f(units, 0.0, 0.0), local) / f32(layer.width);
  let mean = sums.x / count;
  let top = max(sums.w, 1e-37);
  var second = vec4f();
  for (var col = local; col < layer.width; col += 64u) {
    for (var row = 0u; row < rows; row++) {
      let i = row * layer.width + col;
      let d = dz[i] / top;
      second += vec4f((z[i] - mean) * (z[i] - mean), d, d * d, 0.0);
    }
  }
  let spread = total(second, local) / count;
  if (local == 0u) {
    statistics[0] = mean;
    statistics[1] = sqrt(spread.x);
    statistics[2] = sums.y / count;
    statistics[3] = sums.w;
    statistics[4] = spread.y * top;
    statistics[5] = sqrt(max(spread.z - spread.y * spread.y, 0.0)) * top;
    statistics[6] = shares.x;
    statistics[7] = shares.y;
  }
}
