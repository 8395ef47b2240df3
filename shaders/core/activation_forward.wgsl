// y = f(z), element by element.   z, y: any shape, `size` elements; y is set (=)
struct Activation { size: u32 }
@group(0) @binding(0) var<uniform> activation: Activation;
@group(0) @binding(1) var<storage, read> z: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.x + group.y * groups.x) * 64u + local;
  if (i < activation.size) { y[i] = forward(z[i], parameters(i)); }
}
