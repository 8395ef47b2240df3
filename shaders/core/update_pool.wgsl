// The parameters whose gradients lie in a pool learn from them. A segment is at most 64 elements of one parameter; the
// gradient of its element e is the sum of gradients[first + c * stride + e] over c < chunks.
// All gradients are scaled by min(1, max_norm / norm): Pascanu et al. 2013, algorithm 1, as PyTorch's clip_grad_norm_.
// One workgroup per segment, one thread per element.
struct Segment { at: u32, count: u32, first: u32, chunks: u32, stride: u32, row: u32 }
struct Pool { segments: u32, max_norm: f32 }
// Threads share the terms of sums. Without, there is no barrier: in software it costs more than the update.
override TEAMS: bool = false;
@group(0) @binding(0) var<uniform> pool: Pool;
@group(0) @binding(1) var<storage, read> segments: array<Segment>;
@group(0) @binding(2) var<storage, read> gradients: array<f32>;
@group(0) @binding(3) var<storage, read> norm: array<f32>;

fn term(i: u32) -> f32 { return gradients[i]; }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let index = group.x + group.y * groups.x;
  if (index >= pool.segments) { return; }
  let segment = segments[index];
  var sum = 0.0;
  if (TEAMS) {
    sum = fold(segment.first, segment.count, segment.chunks, segment.stride, local);
  } else if (local < segment.count) {
    for (var c = 0u; c < segment.chunks; c++) { sum += term(segment.first + c * segment.stride + local); }
  }
  if (local >= segment.count) { return; }
  let scale = min(1.0, pool.max_norm / (norm[0] + 1e-6));
  learn(segment.at + local, sum * scale, segment.row);
}
