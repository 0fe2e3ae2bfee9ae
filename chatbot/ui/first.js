// The first moments, before Gradio has run: dark where the system is, and what stands in for the
// page until the page is there.
{
  const address = new URLSearchParams(location.search);
  const asked = address.get('__theme');
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  if (asked === 'dark' || (asked !== 'light' && dark)) document.body.classList.add('dark');

  // Who comes back to a conversation sees it, not the welcome before it.
  const back = !['', 'new', null].includes(address.get('c'));
  document.body.classList.toggle('q-back', back);
  const there = back ? '#q-shelf .q-docs' : '#q-thread :is(.q-welcome, .q-turn)';
  const leave = () => {
    if (!document.querySelector(there)) return;
    document.getElementById('q-first')?.remove();
    drawn.disconnect();
  };
  const drawn = new MutationObserver(leave);
  drawn.observe(document.body, { childList: true, subtree: true });
  setTimeout(() => document.getElementById('q-first')?.remove(), 20000); // Gradio's own error, if any
}
