// What a click beside a modal dialog does.

/** Closes a dialog by a click beside it; not where something is dragged out of it. To be attached. */
export function closesBeside(dialog: HTMLDialogElement): () => void {
  let pressed = false
  const press = ({ target }: Event) => (pressed = target === dialog)
  const click = ({ target }: Event) => {
    if (pressed && target === dialog) dialog.close()
  }
  dialog.addEventListener('pointerdown', press)
  dialog.addEventListener('click', click)
  return () => {
    dialog.removeEventListener('pointerdown', press)
    dialog.removeEventListener('click', click)
  }
}
