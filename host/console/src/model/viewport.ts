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

export const ZOOM = { min: 0.15, max: 1.6, readable: 0.8, usual: 1 }

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

/** All of a plane; where it could not be read then, its beginning, which is at `start` from the left. */
export function beginning(plane: Size, room: Size, start: number, margin = 24): Viewport {
  const zoom = Math.min(ZOOM.usual, Math.max(share(plane, room, margin), ZOOM.readable))
  const wide = plane.width * zoom > room.width - 2 * margin
  const tall = plane.height * zoom > room.height - 2 * margin
  return {
    zoom,
    x: wide ? room.width / 2 - start * zoom : (room.width - plane.width * zoom) / 2,
    y: tall ? margin / 2 : (room.height - plane.height * zoom) / 2,
  }
}

function share(plane: Size, room: Size, margin: number): number {
  return Math.min(
    (room.width - 2 * margin) / Math.max(plane.width, 1),
    (room.height - 2 * margin) / Math.max(plane.height, 1),
  )
}

/** With a box in its middle; the same where the box's upper part, which says what it is, is in view. */
export function revealing(view: Viewport, box: Box, room: Size, bar: number): Viewport {
  const { zoom } = view
  const left = box.x * zoom + view.x
  const top = box.y * zoom + view.y
  const width = Math.min(box.width, 180) * zoom
  const height = Math.min(box.height, bar) * zoom
  const seen = left >= 0 && top >= 0 && left + width <= room.width && top + height <= room.height
  if (seen) return view
  const middle = box.y + Math.min(box.height, room.height / zoom / 2) / 2
  return {
    zoom,
    x: room.width / 2 - (box.x + box.width / 2) * zoom,
    y: room.height / 2 - middle * zoom,
  }
}
