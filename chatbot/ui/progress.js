// How far a question has come, shown where its answer will stand; the thread itself is not sent again.
watch('value', () => {
  const line = document.querySelector('.q-pending [role="status"]');
  if (line && element.textContent.trim()) line.textContent = element.textContent.trim();
});
