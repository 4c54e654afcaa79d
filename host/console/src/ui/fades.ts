// What scrolls sideways shows that it does: its edges fade where there is more. Where one of several
// links within it is the current one, that is in view.

const FADE = 28

/** To be attached to an element of the class `fades`. */
export function fades(element: HTMLElement): () => void {
  const look = () => {
    const { scrollLeft, clientWidth, scrollWidth, style } = element
    const more = scrollWidth - clientWidth - scrollLeft
    style.setProperty('--before', `${scrollLeft > 1 ? FADE : 0}px`)
    style.setProperty('--after', `${more > 1 ? FADE : 0}px`)
  }
  const reveal = () => {
    const current = element.querySelector('[aria-current]')?.getBoundingClientRect()
    if (!current) return
    // The page itself must not move, which scrollIntoView may have it do.
    const { left, right } = element.getBoundingClientRect()
    if (current.right > right - FADE) element.scrollLeft += current.right - right + FADE
    else if (current.left < left + FADE) element.scrollLeft -= left + FADE - current.left
  }
  // What is within it grows as data come. Who is about to use it is not led elsewhere.
  const sizes = new ResizeObserver(() => {
    if (!element.matches(':hover, :focus-within')) reveal()
    look()
  })
  for (const it of [element, ...element.children]) sizes.observe(it)
  const changes = new MutationObserver(reveal)
  changes.observe(element, { subtree: true, attributeFilter: ['aria-current'] })
  element.addEventListener('scroll', look, { passive: true })
  return () => {
    sizes.disconnect()
    changes.disconnect()
    element.removeEventListener('scroll', look)
  }
}
