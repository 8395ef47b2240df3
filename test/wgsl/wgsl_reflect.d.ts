// The race detector, of which the build has no need.
declare module 'wgsl_reflect/wgsl_reflect.module.js' {
  export { detectRaces } from 'wgsl_reflect';
}
