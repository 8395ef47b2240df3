// Elements made by scripts.

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className = '',
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

/** A drawing; what it shows is to be told by its `ariaLabel`, which is `name` until something is drawn. */
export function canvas(className: string, name: string): HTMLCanvasElement {
  const made = element('canvas', className);
  made.setAttribute('role', 'img');
  made.ariaLabel = name;
  return made;
}
