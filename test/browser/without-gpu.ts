// The demo's worker in a browser that has no WebGPU in workers, or no adapter: by the worker's name.
import '../support/hide-gpu.ts';
import '../../demo/worker.ts';
