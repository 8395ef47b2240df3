// In a narrow window TypeDoc's menu opens by mouse and touch alone: here it does by keyboard, too, and Escape closes it.
const trigger = document.getElementById('tsd-toolbar-menu-trigger');
const pretend = (target, type) => target.dispatchEvent(new MouseEvent(type, { bubbles: true }));

trigger.addEventListener('click', ({ detail }) => {
  if (detail > 0) return; // a mouse's
  pretend(trigger, 'mouseup');
  document.querySelector('.col-sidebar :is(summary, a)').focus();
});
document.addEventListener('keydown', ({ key }) => {
  if (key !== 'Escape' || !document.documentElement.classList.contains('has-menu')) return;
  pretend(document.body, 'mousedown');
  trigger.focus();
});
