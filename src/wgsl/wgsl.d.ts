declare module '*.wgsl' {
  const fragment: import('./fragment.ts').Fragment;
  export default fragment;
}
