import { IDisposable } from '@lumino/disposable';

import { ILiveHello, Interval } from '../../tokens';
import { Box, isInside, within } from './boxes';
import { IDecodedFrame, IPicture } from './decoder';
import { Labels } from './labels';
import { MapLayer } from './maplayer';
import { LiveModel } from './model';
import { IPlace } from './pointing';
import { isSameRange } from './scales';

/**
 * Paints a live figure: maps, what stands around them, and the picture that stays.
 *
 * While something else is wanted than has come, what has come is moved to where it belongs.
 */
export class LiveStage implements IDisposable {
  constructor(
    readonly model: LiveModel,
    source: string
  ) {
    this.node.className = 'jp-EmoutLab-Live-picture';
    this._picture.className = 'jp-EmoutLab-Live-pixels';
    this._decor.className = 'jp-EmoutLab-Live-pixels';
    this._still.className = 'jp-EmoutLab-Live-still';
    this._still.draggable = false;
    // What is at hand is shown until the engine has drawn.
    this._still.src = source;
    this.node.append(
      this._picture,
      this._maps,
      this._decor,
      this._labels,
      this._still
    );
    model.framed.connect(this._onFrame, this);
    model.steering.moved.connect(this._onMoved, this);
    model.changed.connect(this._onChanged, this);
    this._onChanged();
  }

  /** The picture; what is laid over it may be put into it, too. */
  readonly node = document.createElement('div');

  /** What the picture is called. */
  set name(name: string) {
    this._still.alt = name;
  }

  /** Pixels of the picture that stays. */
  get pixels(): readonly [number, number] {
    return [this._still.naturalWidth, this._still.naturalHeight];
  }

  /** The axes at a point, told in shares of the picture; null outside of all. */
  at(across: number, down: number): IPlace | null {
    for (const { axes } of [...this._parts.values()].reverse()) {
      const place = this.placeIn(axes.i, across, down);
      if (isInside(place.across, place.up)) {
        return place;
      }
    }
    return null;
  }

  /** Where a point of the picture lies in axes; it may lie outside. */
  placeIn(i: number, across: number, down: number): IPlace {
    return { i, ...within(this.box(i), across, down) };
  }

  box(i: number): Box {
    const shown = this._frame?.header.axes.find(each => each.i === i);
    return (shown ?? this.model.view.find(i)).box;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.model.framed.disconnect(this._onFrame, this);
    this.model.steering.moved.disconnect(this._onMoved, this);
    this.model.changed.disconnect(this._onChanged, this);
    this._revoke();
    this.node.remove();
  }

  private _onChanged(): void {
    const { hello, size, scale } = this.model;
    if (hello !== this._hello && hello !== null) {
      this._build(hello);
    }
    if (size[0] > 0) {
      this.node.style.width = `${size[0] * scale}px`;
      this.node.style.height = `${size[1] * scale}px`;
    }
    for (const { labels } of this._parts.values()) {
      labels.scale = scale;
    }
  }

  /** Make the parts that the figure has. */
  private _build(hello: ILiveHello): void {
    if (this._hello !== null && this._hello.kind !== hello.kind) {
      // What only the other kind paints would stay for ever.
      clear(this._decor);
      clear(this._picture);
      this._painted = this._last = null;
    }
    this._hello = hello;
    this._parts = new Map(
      hello.axes.map(axes => [
        axes.i,
        { axes, map: new MapLayer(axes), labels: new Labels(axes) }
      ])
    );
    const parts = [...this._parts.values()];
    this._maps.replaceChildren(...parts.map(({ map }) => map.node));
    this._labels.replaceChildren(...parts.map(({ labels }) => labels.node));
    this.node.style.backgroundColor = hello.facecolor;
    this._frame = null;
    this._isNew = true;
  }

  private _onFrame(_: LiveModel, frame: IDecodedFrame): void {
    this._frame = frame;
    const { picture, header } = frame;
    if (picture !== null) {
      this._last = picture;
    }
    if (!header.rest || picture === null) {
      this._paint(frame);
    } else if (this.model.isResting) {
      this._showStill(picture.file);
    }
    this._move();
  }

  private _paint({ cells, decor, header, luts, picture }: IDecodedFrame): void {
    for (const each of cells) {
      this._parts.get(each.axes)?.map.paint(each, luts.get(each.axes));
    }
    for (const { i } of header.axes) {
      const part = this._parts.get(i);
      if (part !== undefined) {
        part.map.box = part.labels.box = this.box(i);
      }
    }
    if (picture !== null) {
      paintPicture(this._picture, picture);
    } else if (decor !== null && decor !== this._painted) {
      this._painted = decor;
      paintPicture(this._decor, decor);
    }
    this._isNew = false;
    this._hideStill();
  }

  private _onMoved(): void {
    if (this._isNew) {
      return;
    }
    if (this._hello?.kind === 'pixels') {
      this._cut();
    }
    this._hideStill();
    this._move();
  }

  /** Of a whole picture, what is in the axes is moved. */
  private _cut(): void {
    const bitmap = this._last?.bitmap;
    if (!bitmap || this._frame === null || this._isCut === this._frame) {
      return;
    }
    paintPicture(this._picture, this._last!);
    this._isCut = this._frame;
    for (const { i, xlim, ylim } of this._frame.header.axes) {
      const part = this._parts.get(i);
      if (part === undefined) {
        continue;
      }
      const { x, y } = this.model.view.scales(i);
      const [left, top, width, height] = this.box(i);
      part.map.box = this.box(i);
      part.map.paintPicture(
        bitmap,
        [
          left * bitmap.width,
          top * bitmap.height,
          width * bitmap.width,
          height * bitmap.height
        ],
        [...x.ends(xlim), ...y.ends(ylim)]
      );
    }
  }

  /** Lay everything where it belongs in what is wanted. */
  private _move(): void {
    const isPixels = this._hello?.kind === 'pixels';
    for (const frame of this._frame?.header.axes ?? []) {
      const part = this._parts.get(frame.i);
      if (part === undefined) {
        continue;
      }
      const { x, y } = this.model.view.range(frame.i);
      part.map.move(x, y);
      if (isPixels) {
        // Where the picture shows what is wanted nothing lies over it.
        part.map.node.hidden = isShown(frame, x, y);
      } else if (part.axes.map) {
        part.labels.write(frame, x, y);
      }
    }
  }

  private _showStill(file: Blob): void {
    const old = this._owned;
    const url = URL.createObjectURL(file);
    this._owned = url;
    this._still.src = url;
    if (this._hello?.kind === 'pixels' && this._last !== null) {
      paintPicture(this._picture, this._last);
    }
    const show = () => {
      if (old !== null) {
        URL.revokeObjectURL(old);
      }
      if (this._owned === url && this.model.isResting) {
        this._still.hidden = false;
      }
    };
    // What is below it is seen until it can be shown at once.
    void (this._still.decode?.() ?? Promise.resolve()).then(show, show);
  }

  private _hideStill(): void {
    this._still.hidden = true;
  }

  private _revoke(): void {
    if (this._owned !== null) {
      URL.revokeObjectURL(this._owned);
      this._owned = null;
    }
  }

  private _decor = document.createElement('canvas');
  private _frame: IDecodedFrame | null = null;
  private _hello: ILiveHello | null = null;
  /** The frame of which the parts are cut out. */
  private _isCut: IDecodedFrame | null = null;
  private _isDisposed = false;
  /** Whether nothing of the figure has been painted since it was built. */
  private _isNew = true;
  private _labels = document.createElement('div');
  /** The last whole picture. */
  private _last: IPicture | null = null;
  private _maps = document.createElement('div');
  private _owned: string | null = null;
  /** The decorations that are on the canvas. */
  private _painted: IPicture | null = null;
  private _parts = new Map<
    number,
    { axes: ILiveHello['axes'][number]; map: MapLayer; labels: Labels }
  >();
  private _picture = document.createElement('canvas');
  private _still = document.createElement('img');
}

function isShown(
  { xlim, ylim }: { xlim: Interval; ylim: Interval },
  x: Interval,
  y: Interval
): boolean {
  return isSameRange(xlim, x) && isSameRange(ylim, y);
}

function clear(canvas: HTMLCanvasElement): void {
  canvas.width = canvas.height = 0;
}

function paintPicture(canvas: HTMLCanvasElement, { bitmap }: IPicture): void {
  if (bitmap !== null) {
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
  }
}
