// out = a + b, a * b, a - b, a * factor, or a; by NumPy's broadcasting over up to four axes.
//   out: shape (s.x, s.y, s.z, s.w); a, b: read with a stride of 0 along an axis that is broadcast
// One thread sets one element of `out` (=).
struct Broadcast { shape: vec4u, stride_a: vec4u, stride_b: vec4u, size: u32, factor: f32 }
override OP: u32 = 0;
@group(0) @binding(0) var<uniform> broadcast: Broadcast;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.x + group.y * groups.x) * 64u + local;
  if (i >= broadcast.size) { return; }
  let s = broadcast.shape;
  let at = vec4u(i / (s.w * s.z * s.y), i / (s.w * s.z) % s.y, i / s.w % s.z, i % s.w);
  let x = a[dot(at, broadcast.stride_a)];
  let y = b[dot(at, broadcast.stride_b)];
  switch OP {
    case 0u: { out[i] = x + y; }
    case 1u: { out[i] = x * y; }
    case 2u: { out[i] = x - y; }
    case 3u: { out[i] = x * broadcast.factor; }
    default: { out[i] = x; }
  }
}
