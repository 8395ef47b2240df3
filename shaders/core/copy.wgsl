// out[o, out_at + j] = x[o, x_at + j] for j < width: a slab of one matrix becomes a slab of another.
//   x: (outer, x_stride); out: (outer, out_stride); what lies beside the slab is left as it is
// One thread sets one element of `out` (=). size = outer * width.
struct Copy { size: u32, width: u32, x_stride: u32, x_at: u32, out_stride: u32, out_at: u32 }
@group(0) @binding(0) var<uniform> slab: Copy;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.x + group.y * groups.x) * 64u + local;
  if (i >= slab.size) { return; }
  let o = i / slab.width;
  let j = i % slab.width;
  out[o * slab.out_stride + slab.out_at + j] = x[o * slab.x_stride + slab.x_at + j];
}
