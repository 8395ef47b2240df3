// What TypeDoc is told beyond its options: where pages lie, how they are named, that light or dark is not its choice, and
// what the page of rectifiers takes from the registry.
import { copyFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  Converter,
  DefaultTheme,
  DefaultThemeRenderContext,
  JSX,
  KindRouter,
  PageEvent,
  ParameterReflection,
  ReflectionFlag,
  ReflectionKind,
  RendererEvent,
} from 'typedoc';
import { runnerImport } from 'vite';

/** All pages in one folder, so that the header's link to the demo holds on each of them: `Your own loop` → `your-own-loop`. */
class FlatRouter extends KindRouter {
  getIdealBaseName(reflection) {
    if (reflection.isDocument()) return reflection.name.toLowerCase().replaceAll(' ', '-');
    return super.getIdealBaseName(reflection).replace(/^\w+\//, '');
  }
}

/** The default theme without its settings: light or dark is the system's choice, as on the demo's page. */
class Theme extends DefaultTheme {
  getRenderContext(page) {
    const context = new DefaultThemeRenderContext(this.router, this, page, this.application.options);
    context.settings = () => JSX.createElement(JSX.Fragment, null);
    return context;
  }
}

/** `(...args: readonly [Tensor, Tensor])`, as `operator` types its functions, becomes what the @param tags name. */
function spread(signature) {
  const [rest] = signature.parameters ?? [];
  const names = (signature.comment ?? signature.parent.comment)?.getTags('@param').map(({ name }) => name) ?? [];
  const elements = rest?.flags.isRest ? (rest.type.target?.elements ?? []) : [];
  if (elements.length === 0 || names.length !== elements.length) return;
  signature.parameters = elements.map((type, index) => {
    const parameter = new ParameterReflection(names[index], ReflectionKind.Parameter, signature);
    parameter.type = type;
    return parameter;
  });
  for (const parameter of signature.parameters) signature.project.registerReflection(parameter, undefined, undefined);
}

const ofParameter = (reflection) =>
  reflection !== undefined && (reflection.kindOf(ReflectionKind.Parameter) || ofParameter(reflection.parent));

/** What the page of rectifiers takes from the registry. Vite turns TypeScript and WGSL into modules, comments and all. */
async function rectifiers() {
  const path = (name) => fileURLToPath(new URL(name, import.meta.url));
  const { module: plugins } = await runnerImport(path('../../src/wgsl/plugin.ts'));
  const options = { configFile: false, logLevel: 'error', plugins: [plugins.wgsl()] };
  return (await runnerImport(path('./rectifiers.ts'), options)).module;
}

/** @param {import('typedoc').Application} app */
export async function load(app) {
  const { gallery, sections } = await rectifiers();
  app.renderer.defineRouter('flat', FlatRouter);
  app.renderer.defineTheme('rectigrad', Theme);

  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    document.name = /^# (.*)/.exec(document.content[0]?.text)?.[1] ?? document.name;
    if (document.name !== 'Rectifiers') return;
    for (const part of document.content) part.text = part.text.replace('<!-- all curves -->', gallery());
    document.content.push({ kind: 'text', text: sections() });
  });
  app.converter.on(Converter.EVENT_CREATE_PARAMETER, (_, parameter) => {
    if (parameter.name === '__namedParameters') parameter.name = 'options';
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const signature of project.getReflectionsByKind(ReflectionKind.CallSignature)) spread(signature);
    // Everything is readonly, so it need not be said of each property.
    for (const property of project.getReflectionsByKind(ReflectionKind.Property))
      property.setFlag(ReflectionFlag.Readonly, false);
    // Parts of a type that has no name need no docstring; TypeDoc itself leaves out those of parameters.
    const exempt = app.options.getValue('intentionallyNotDocumented');
    for (const property of project.getReflectionsByKind(ReflectionKind.Property))
      if (property.parent.kindOf(ReflectionKind.TypeLiteral) && !property.hasComment() && !ofParameter(property))
        exempt.push(property.getFriendlyFullName());
  });
  app.renderer.on(PageEvent.END, (page) => {
    page.contents = page.contents.replace('localStorage.getItem("tsd-theme") || "os"', '"os"');
  });
  app.renderer.on(RendererEvent.END, ({ outputDirectory }) => {
    for (const file of ['../colors.css', './rectifiers.css'])
      copyFileSync(new URL(file, import.meta.url), join(outputDirectory, basename(file)));
  });
}
