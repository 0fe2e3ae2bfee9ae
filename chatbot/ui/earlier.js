// Earlier turns that were asked for: puts them above the first one, which stays where it is.
// Knows ids of layout.py and classes of views/conversation.py.
watch('value', () => {
  const came = element.querySelector('[data-before]');
  if (!came) return;
  const thread = document.getElementById('q-thread');
  const asked = thread.querySelector(`.q-before [data-turn="${CSS.escape(came.dataset.before)}"]`);
  if (asked) {
    const first = thread.querySelector('.q-turn');
    const top = first.getBoundingClientRect().top;
    const hadFocus = document.activeElement === asked;
    asked.closest('.q-before').replaceWith(...came.childNodes);
    thread.scrollTop += first.getBoundingClientRect().top - top;
    if (hadFocus) {
      const question = first.querySelector('.q-question');
      question.tabIndex = -1;
      question.focus({ preventScroll: true });
    }
  }
  props.value = ''; // or the same turns, asked for again, would be no change
});
