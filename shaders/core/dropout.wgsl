// out = scale * x + shift where an element is kept, and `dropped` where it is not; kept with probability `keep`.
//   x, out: any shape, `size` elements; out is set (=). The same stream in the same step keeps the same elements.
struct Dropout { size: u32, stream: u32, keep: f32, scale: f32, shift: f32, dropped: f32 }
@group(0) @binding(0) var<uniform> dropout: Dropout;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = (group.x + group.y * groups.x) * 64u + local;
  if (i >= dropout.size) { return; }
  let kept = draw(step.seed, dropout.stream, this_step(), i) < dropout.keep;
  out[i] = select(dropout.dropped, dropout.scale * x[i] + dropout.shift, kept);
}
