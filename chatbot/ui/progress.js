// How far a question has come, shown where its answer will stand; the thread itself is not sent again.
// One that was taken leaves the box, unless something else was typed there meanwhile.
watch('value', () => {
  const taken = element.querySelector('[data-taken]');
  const box = document.querySelector('#q-question textarea');
  if (taken && box && box.value.trim() === taken.dataset.taken) {
    box.value = '';
    box.dispatchEvent(new Event('input', { bubbles: true }));
  }
  const line = document.querySelector('.q-pending [role="status"]');
  if (line && element.textContent.trim()) line.textContent = element.textContent.trim();
});
