// The first moments, before Gradio has run: dark where the system is, and what stands in for the
// page until the page is there.
{
  const asked = new URLSearchParams(location.search).get('__theme');
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  if (asked === 'dark' || (asked !== 'light' && dark)) document.body.classList.add('dark');

  const leave = () => {
    if (!document.querySelector('#q-thread :is(.q-welcome, .q-turn)')) return;
    document.getElementById('q-first')?.remove();
    drawn.disconnect();
  };
  const drawn = new MutationObserver(leave);
  drawn.observe(document.body, { childList: true, subtree: true });
  setTimeout(() => document.getElementById('q-first')?.remove(), 20000); // Gradio's own error, if any
}
