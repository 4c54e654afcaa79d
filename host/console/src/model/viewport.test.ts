import { describe, expect, it } from 'vitest'
import { opening, pinch, revealing, uncut, whole, ZOOM, zoomAt } from './viewport'

const room = { width: 800, height: 400 }

describe('a viewport', () => {
  it('is scaled about a point that stays where it is', () => {
    const view = { x: 10, y: 20, zoom: 0.5 }
    const scaled = zoomAt(view, 2, { x: 110, y: 220 })
    expect(scaled).toEqual({ x: -90, y: -180, zoom: 1 })
    const point = { x: (110 - view.x) / view.zoom, y: (220 - view.y) / view.zoom }
    expect(point.x * scaled.zoom + scaled.x).toBe(110)
    expect(point.y * scaled.zoom + scaled.y).toBe(220)
  })

  it('is scaled no further than it may be', () => {
    expect(zoomAt({ x: 0, y: 0, zoom: 1 }, 100, { x: 0, y: 0 }).zoom).toBe(ZOOM.max)
    expect(zoomAt({ x: 0, y: 0, zoom: 1 }, 0.001, { x: 0, y: 0 }).zoom).toBe(ZOOM.min)
  })

  it('follows two fingers', () => {
    const before = [
      { x: 100, y: 100 },
      { x: 200, y: 100 },
    ] as const
    const after = [
      { x: 100, y: 120 },
      { x: 250, y: 120 },
    ] as const
    const view = pinch({ x: 0, y: 0, zoom: 1 }, before, after)
    expect(view.zoom).toBe(1.5)
    // What was under the first finger still is.
    expect(100 * view.zoom + view.x).toBeCloseTo(100)
    expect(100 * view.zoom + view.y).toBeCloseTo(120)
  })

  it('has all of a plane in the middle, and no larger than usual', () => {
    expect(whole({ width: 400, height: 200 }, room)).toEqual({ x: 200, y: 100, zoom: 1 })
    const small = whole({ width: 2000, height: 200 }, room)
    expect(small.zoom).toBeCloseTo(0.388)
    expect(small.x).toBeCloseTo(12)
  })

  it('opens with all of a plane that can be read as a whole', () => {
    const at = { x: 10, y: 190 }
    expect(opening({ width: 400, height: 200 }, room, at)).toEqual({ x: 200, y: 100, zoom: 1 })
    expect(opening({ width: 840, height: 200 }, room, at).zoom).toBeCloseTo(752 / 840)
  })

  it('opens with a point of a larger plane in the middle, but with nothing beside the plane', () => {
    const zoom = ZOOM.readable
    const plane = { width: 3000, height: 3000 }
    const middle = opening(plane, room, { x: 1000, y: 1500 })
    expect(middle).toEqual({ x: 400 - 1000 * zoom, y: 200 - 1500 * zoom, zoom })
    expect(opening(plane, room, { x: 100, y: 0 })).toEqual({ x: 12, y: 12, zoom })
    const end = opening(plane, room, { x: 2990, y: 3000 })
    expect(end).toEqual({ x: 800 - 12 - 3000 * zoom, y: 400 - 12 - 3000 * zoom, zoom })
  })

  it('moves to a box only where that is not in view', () => {
    const view = { x: 0, y: 0, zoom: 1 }
    const box = { x: 100, y: 100, width: 200, height: 46 }
    expect(revealing(view, box, room, 46)).toBe(view)
    expect(revealing(view, { ...box, x: 900 }, room, 46)).toEqual({ x: -600, y: 77, zoom: 1 })
    // Of a large one its upper part counts.
    expect(revealing(view, { ...box, width: 2000, height: 2000 }, room, 46)).toBe(view)
  })

  it('moves to the beginning of a box that is wider than the room', () => {
    const view = { x: 0, y: 0, zoom: 1 }
    const moved = revealing(view, { x: 900, y: 100, width: 2000, height: 46 }, room, 46)
    expect(900 * moved.zoom + moved.x).toBe(12)
  })

  it('is moved a little where that has more boxes in it as a whole', () => {
    const view = { x: 0, y: 0, zoom: 1 }
    const box = { y: 10, width: 200, height: 46 }
    expect(uncut(view, [{ ...box, x: -30 }], room).x).toBe(36)
    expect(uncut(view, [{ ...box, x: 640 }], room).x).toBe(-46)
    // Not by much, for what is in view all the same, or for what is above or below.
    const others = [
      { ...box, x: -180 },
      { ...box, x: 100 },
      { ...box, x: -30, y: 390 },
    ]
    expect(uncut(view, others, room)).toBe(view)
  })
})
