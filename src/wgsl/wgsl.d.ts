declare module '*.wgsl' {
  const fragment: import('./fragment.ts').Fragment;
  export default fragment;
}
// The package's own entry is CommonJS inside an ES module package; its module file works, but is not typed.
declare module 'wgsl_reflect/wgsl_reflect.module.js' {
  export { WgslReflect } from 'wgsl_reflect';
}
