// What of a plane is in view: a scale, and where the plane's left upper corner is.

import type { Box, Point } from './layout'

export interface Viewport {
  x: number
  y: number
  zoom: number
}

export interface Size {
  width: number
  height: number
}

export const ZOOM = { min: 0.15, max: 1.6, readable: 0.86, usual: 1 }

const clamp = (zoom: number) => Math.min(Math.max(zoom, ZOOM.min), ZOOM.max)

/** Scaled by a factor, where a point of the view stays where it is. */
export function zoomAt(view: Viewport, factor: number, at: Point): Viewport {
  const zoom = clamp(view.zoom * factor)
  const by = zoom / view.zoom
  return { zoom, x: at.x - (at.x - view.x) * by, y: at.y - (at.y - view.y) * by }
}

/** Moved and scaled as two fingers do. */
export function pinch(
  view: Viewport,
  before: readonly [Point, Point],
  after: readonly [Point, Point],
): Viewport {
  const middle = ([a, b]: readonly [Point, Point]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })
  const apart = ([a, b]: readonly [Point, Point]) => Math.hypot(a.x - b.x, a.y - b.y) || 1
  const [from, to] = [middle(before), middle(after)]
  const moved = { ...view, x: view.x + to.x - from.x, y: view.y + to.y - from.y }
  return zoomAt(moved, apart(after) / apart(before), to)
}

/** All of a plane, in the middle of the room. */
export function whole(plane: Size, room: Size, margin = 12): Viewport {
  const zoom = clamp(Math.min(share(plane, room, margin), ZOOM.usual))
  return {
    zoom,
    x: (room.width - plane.width * zoom) / 2,
    y: (room.height - plane.height * zoom) / 2,
  }
}

/** All of a plane; where it could not be read then, what is around a point of it. */
export function opening(plane: Size, room: Size, at: Point, margin = 24): Viewport {
  const zoom = Math.min(ZOOM.usual, Math.max(share(plane, room, margin), ZOOM.readable))
  // Nothing is left free beside the plane while some of it is out of view.
  const place = (length: number, room: number, at: number) => {
    const most = room - length * zoom
    if (most >= margin) return most / 2
    return Math.min(Math.max(room / 2 - at * zoom, most - margin / 2), margin / 2)
  }
  return {
    zoom,
    x: place(plane.width, room.width, at.x),
    y: place(plane.height, room.height, at.y),
  }
}

function share(plane: Size, room: Size, margin: number): number {
  return Math.min(
    (room.width - 2 * margin) / Math.max(plane.width, 1),
    (room.height - 2 * margin) / Math.max(plane.height, 1),
  )
}

/** By how much a view is moved to have a box in it as a whole, in pixels. */
const NEARLY = 80

/** Moved a little to one side, where boxes are then in view of which a part was cut off there. */
export function uncut(view: Viewport, boxes: Iterable<Box>, room: Size): Viewport {
  const { zoom } = view
  let by = Infinity
  for (const box of boxes) {
    const top = box.y * zoom + view.y
    const left = box.x * zoom + view.x
    const right = left + box.width * zoom
    if (top < 0 || top + box.height * zoom > room.height) continue
    let shift = Infinity
    if (left < 0 && right > 0) shift = EDGE - left
    if (left < room.width && right > room.width) shift = room.width - EDGE - right
    if (Math.abs(shift) < Math.abs(by)) by = shift
  }
  return Math.abs(by) > NEARLY ? view : { ...view, x: view.x + by }
}

/** How far what is in view is from the edges at least, in pixels. */
const EDGE = 6

/** With a box in its middle; the same where the box's upper part, which says what it is, is in view. */
export function revealing(view: Viewport, box: Box, room: Size, bar: number): Viewport {
  const { zoom } = view
  const left = box.x * zoom + view.x
  const top = box.y * zoom + view.y
  const right = left + Math.min(box.width, 180) * zoom
  const bottom = top + Math.min(box.height, bar) * zoom
  const across = left >= EDGE && right <= room.width - EDGE
  if (across && top >= EDGE && bottom <= room.height - EDGE) return view
  const at = centre(box, { width: room.width / zoom, height: room.height / zoom })
  return { zoom, x: room.width / 2 - at.x * zoom, y: room.height / 2 - at.y * zoom }
}

/** What of a box is to be in the middle of a room: of one that is too large its left upper part. */
export function centre(box: Box, room: Size): Point {
  const wide = box.width > room.width
  return {
    x: wide ? box.x + room.width / 2 - 2 * EDGE : box.x + box.width / 2,
    y: box.y + Math.min(box.height, room.height / 2) / 2,
  }
}
