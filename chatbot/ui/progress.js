// How far a question has come, shown where its answer will stand; the thread itself is not sent again.
// One that was taken leaves the box, unless something else was typed there meanwhile.
// A question that is sent while another is answered waits for that, since Gradio drops it.
const box = () => document.querySelector('#q-question textarea');
const isBusy = () => element.querySelector('[data-taken]') || element.textContent.trim();
let waiting = null;
const stop = () => {
  clearInterval(waiting);
  document.getElementById('q-asking').classList.remove('q-waiting');
};
const wait = () => {
  const question = box().value;
  stop();
  if (!isBusy() || !question.trim()) return;
  document.getElementById('q-asking').classList.add('q-waiting');
  waiting = setInterval(() => { // until it is taken, or something else stands there
    if (box().value !== question) stop();
    else if (!isBusy()) document.getElementById('q-send').click();
  }, 250);
};
document.addEventListener('keydown', (key) => {
  if (key.isComposing || key.keyCode === 229) return; // an input method's own key
  if (key.key === 'Enter' && !key.shiftKey && key.target === box()) wait();
});
document.addEventListener('click', (click) => {
  if (click.isTrusted && click.target.closest?.('#q-send')) wait();
});

watch('value', () => {
  const taken = element.querySelector('[data-taken]');
  if (taken && box()?.value.trim() === taken.dataset.taken) {
    box().value = '';
    box().dispatchEvent(new Event('input', { bubbles: true }));
  }
  const line = document.querySelector('.q-pending [role="status"]');
  if (line && element.textContent.trim()) line.textContent = element.textContent.trim();
});
