// Before each file of the project 'gpu': there is an adapter, and the reporter learns its name.
import { beforeEach } from 'vitest';
import { adapterName, getAdapter } from './node-gpu.ts';

const adapter = `Node: ${adapterName(await getAdapter())}`;
beforeEach(({ task }) => {
  task.file.meta.adapter = adapter;
});

declare module 'vitest' {
  interface TaskMeta {
    adapter?: string;
  }
}
