// What was opened to do one thing (a menu, a form, a removal) goes at Esc, at its Cancel and at a
// click elsewhere, and gives the focus back; a form that was opened gets it. Knows classes of views/.
(() => {
  const OPEN = ':is(.q-remove, .q-more, .q-fold)[open]';
  const opened = () => [...document.querySelectorAll(OPEN)];
  const holdsTyped = (one) => [...one.querySelectorAll('input, textarea')]
    .some((field) => field.value !== field.defaultValue);
  const shut = (one) => {
    if (one.matches('.q-more')) { // or the title that was typed would be taken
      one.querySelectorAll('input').forEach((field) => { field.value = field.defaultValue; });
    }
    one.open = false;
    one.querySelector('summary').focus();
  };

  let teaching = null; // the button that opened the form over the source
  document.addEventListener('click', (click) => {
    if (!click.isTrusted || !(click.target instanceof Element)) return;
    const path = click.composedPath();
    opened().filter((one) => !path.includes(one) && !holdsTyped(one)) // a mere click loses no text
      .forEach((one) => { one.open = false; });
    if (click.target.matches('.q-off')) shut(click.target.closest(OPEN));
    teaching = click.target.closest('[data-event="teach"]') ?? teaching;
    const begun = click.target.closest('summary')?.parentElement;
    const first = begun?.matches(':is(.q-remove, .q-fold):not([open])')
      && begun.querySelector('.q-off, form > *');
    if (first) setTimeout(() => first.focus()); // once it is there
  });

  document.addEventListener('keydown', (key) => { // before the page's own Esc
    if (key.isComposing || key.keyCode === 229) return; // an input method's own key
    if (key.key !== 'Escape') return;
    const one = document.activeElement?.closest(OPEN) ?? opened().find((other) => !holdsTyped(other));
    const leave = document.querySelector('#q-teach [data-event="leave"]');
    if (!one && !leave) return;
    key.stopPropagation();
    if (one) {
      shut(one);
    } else {
      leave.click();
      teaching?.focus();
    }
  }, true);
})();
