// What scrolls sideways shows that it does: its edges fade where there is more.

const FADE = '28px'

/** To be attached to an element of the class `fades`. */
export function fades(element: HTMLElement): () => void {
  const look = () => {
    const { scrollLeft, clientWidth, scrollWidth, style } = element
    style.setProperty('--before', scrollLeft > 1 ? FADE : '0px')
    style.setProperty('--after', scrollLeft + clientWidth < scrollWidth - 1 ? FADE : '0px')
  }
  // What is within it grows as data come.
  const sizes = new ResizeObserver(look)
  for (const it of [element, ...element.children]) sizes.observe(it)
  element.addEventListener('scroll', look, { passive: true })
  return () => {
    sizes.disconnect()
    element.removeEventListener('scroll', look)
  }
}
