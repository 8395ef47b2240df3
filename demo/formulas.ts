// The rectifiers' shaders as they are written, comments and formulas included: a page that is built runs them without.
const texts = import.meta.glob<string>('../shaders/act/*.wgsl', { eager: true, query: '?raw', import: 'default' });

/** `file`: as in a fragment, such as `act/prelu.wgsl`. */
export const shaderText = (file: string): string => texts[`../shaders/${file}`] ?? '';
