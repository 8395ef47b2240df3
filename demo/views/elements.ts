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

/** A drawing, which needs a name: `ariaLabel`. */
export function canvas(className: string): HTMLCanvasElement {
  const made = element('canvas', className);
  made.setAttribute('role', 'img');
  return made;
}
