import { ticksOn } from '../sweeps/axes';
import { colorOf } from '../sweeps/colormap';
import { IColumn, Value } from '../sweeps/data';
import { heatMap, linePlot, Plot } from '../sweeps/marks';
import { IInk, markAt, paint, paintCurrent } from '../sweeps/paint';
import { shortNumber, tickLabels, ticksOf } from '../sweeps/ticks';

const column = (name: string, values: Value[]): IColumn => ({
  name,
  kind: 'result',
  values
});

const INK: IInk = {
  text: 'black',
  faint: 'grey',
  background: 'white',
  mark: 'blue',
  line: 'lightblue',
  focus: 'red',
  font: 'sans-serif',
  size: 13
};

/** A canvas that writes down what is drawn on it. */
function recorder(): { context: CanvasRenderingContext2D; calls: string[] } {
  const calls: string[] = [];
  const target: Record<string, unknown> = {
    measureText: (text: string) => ({ width: 7 * text.length })
  };
  const context = new Proxy(target, {
    get: (known, name: string) =>
      known[name] ??
      ((...args: unknown[]) => {
        calls.push([name, ...args].join(' '));
      }),
    set: (known, name: string, value) => {
      known[name] = value;
      return true;
    }
  });
  return { context: context as unknown as CanvasRenderingContext2D, calls };
}

const SIZE = { width: 600, height: 400 };

describe('ticks', () => {
  it('should be round numbers within the range', () => {
    expect(ticksOf(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticksOf(-3, 14, 4)).toEqual([0, 5, 10]);
    expect(ticksOf(1e-9, 3e-9, 4)).toEqual([1e-9, 1.5e-9, 2e-9, 2.5e-9, 3e-9]);
    expect(ticksOf(0.1, 0.7, 3)).toEqual([0.2, 0.4, 0.6]);
  });

  it('should be one where there is no range', () => {
    expect(ticksOf(3, 3, 5)).toEqual([3]);
    expect(ticksOf(NaN, NaN, 5)).toEqual([]);
  });

  it('should be told from their neighbours in few characters', () => {
    expect(tickLabels([0, 0.05, 0.1])).toEqual(['0.00', '0.05', '0.10']);
    expect(tickLabels([500, 1000])).toEqual(['500', '1000']);
    expect(tickLabels([5e-10, 1e-9, 1.5e-9])).toEqual([
      '5e-10',
      '1e-9',
      '1.5e-9'
    ]);
    expect(tickLabels([0, 5e5, 1e6])).toEqual(['0', '5e5', '1e6']);
    expect(tickLabels([1 / 3])).toEqual(['0.333333']);
  });

  it('should have short numbers beside them', () => {
    expect(shortNumber(1 / 3)).toBe('0.333333');
    expect(shortNumber(1e21)).toBe('1e+21');
    expect(shortNumber(1234567)).toBe('1234567');
  });
});

describe('colours', () => {
  it('should go from dark to bright and no further', () => {
    expect(colorOf(0)).toBe('rgb(68, 1, 84)');
    expect(colorOf(1)).toBe('rgb(253, 231, 37)');
    expect(colorOf(-1)).toBe(colorOf(0));
    expect(colorOf(2)).toBe(colorOf(1));
  });
});

describe('a result against one parameter', () => {
  it('should be points by the parameter, and a line through them', () => {
    const plot = linePlot(column('a', [4, 1, 9]), column('k', [2, 1, 3]), 3);
    expect(plot.line.map(({ x, y }) => [x, y])).toEqual([
      [1, 1],
      [2, 4],
      [3, 9]
    ]);
    expect([plot.crowd, plot.missing]).toEqual([1, 0]);
    expect(plot.x.low).toBeLessThan(1);
    expect(plot.x.high).toBeGreaterThan(3);
  });

  it('should have its line through the means of what stands at one place', () => {
    const plot = linePlot(column('a', [1, 3, 5]), column('k', [1, 1, 2]), 3);
    expect(plot.marks).toHaveLength(3);
    expect(plot.line.map(({ x, y }) => [x, y])).toEqual([
      [1, 2],
      [2, 5]
    ]);
    expect(plot.crowd).toBe(2);
  });

  it('should count what has no number', () => {
    const plot = linePlot(
      column('a', [1, null, 'x', Infinity]),
      column('k', [1, 2, 3, 4]),
      4
    );
    expect(plot.marks).toHaveLength(1);
    expect(plot.missing).toBe(3);
  });

  it('should put words side by side', () => {
    const plot = linePlot(
      column('a', [1, 2, 3]),
      column('mode', ['b10', 'b9', null]),
      3
    );
    expect(plot.x.words).toEqual(['b9', 'b10']);
    expect(plot.marks.map(({ x, y }) => [x, y])).toEqual([
      [0, 2],
      [1, 1]
    ]);
  });

  it('should take truth as 1 and 0, and a single value', () => {
    const plot = linePlot(column('ok', [true]), column('k', [5]), 1);
    expect(plot.marks[0].y).toBe(1);
    expect(plot.x.high).toBeGreaterThan(plot.x.low);
  });
});

describe('a result against two parameters', () => {
  const grid = (side: number): [Value[], Value[], Value[]] => {
    const [a, x, y]: [Value[], Value[], Value[]] = [[], [], []];
    for (let i = 0; i < side * side; i += 1) {
      x.push(i % side);
      y.push(Math.floor(i / side));
      a.push(i);
    }
    return [a, x, y];
  };

  it('should be the cells of a grid', () => {
    const [a, x, y] = grid(3);
    const plot = heatMap(column('a', a), column('x', x), column('y', y), 9, 9);
    expect(plot.kind).toBe('cells');
    expect(plot.xEdges).toEqual([-0.5, 0.5, 1.5, 2.5]);
    expect(plot.range).toEqual([0, 8]);
    expect(plot.marks).toHaveLength(9);
    expect(plot.crowd).toBe(1);
  });

  it('should have means where more results stand in one cell', () => {
    const plot = heatMap(
      column('a', [1, 5, 3]),
      column('x', [0, 0, 1]),
      column('y', [0, 0, 0]),
      3,
      3
    );
    expect(plot.marks.map(({ value, count }) => [value, count])).toEqual([
      [3, 2],
      [3, 1]
    ]);
    expect(plot.crowd).toBe(2);
  });

  it('should be dots where points are scattered', () => {
    const places = [...Array(40).keys()];
    const plot = heatMap(
      column('a', places),
      column('x', places),
      column(
        'y',
        places.map(i => (i * 7) % 40)
      ),
      40,
      40
    );
    expect(plot.kind).toBe('dots');
  });

  it('should stay a grid while its points come in random order', () => {
    const [a, x, y] = grid(10);
    const some = [...Array(15).keys()].map(i => (i * 37) % 100);
    const take = (values: Value[]) => some.map(i => values[i]);
    const plot = heatMap(
      column('a', take(a)),
      column('x', take(x)),
      column('y', take(y)),
      15,
      100
    );
    expect(plot.kind).toBe('cells');
  });

  it('should take a hundred thousand points', () => {
    const [a, x, y] = grid(316);
    const plot = heatMap(
      column('a', a),
      column('x', x),
      column('y', y),
      a.length,
      a.length
    );
    expect(plot.marks).toHaveLength(316 * 316);
  });
});

describe('the canvas', () => {
  const draw = (plot: Plot) => {
    const { context, calls } = recorder();
    const frame = paint(context, SIZE, plot, INK);
    paintCurrent(context, frame, plot, plot.marks[0], INK);
    const texts = calls
      .filter(call => call.startsWith('fillText'))
      .map(call => call.split(' ')[1]);
    return { frame, calls, texts };
  };

  it('should have axes with ticks and names', () => {
    const plot = linePlot(column('a', [0, 10]), column('k', [0, 1]), 2);
    const { frame, calls, texts } = draw(plot);
    expect(texts).toEqual(
      expect.arrayContaining(['k', 'a', '0.0', '1.0', '0', '10'])
    );
    expect(calls.filter(call => call.startsWith('arc'))).toHaveLength(4);
    expect(frame.toX(plot.x.low)).toBeCloseTo(frame.left);
    expect(frame.toY(plot.y.high)).toBeCloseTo(frame.top);
    expect(frame.left + frame.width).toBeLessThan(SIZE.width);
    expect(frame.top + frame.height).toBeLessThan(SIZE.height);
  });

  it('should fill cells without seams, and have a bar of colours', () => {
    const plot = heatMap(
      column('a', [1, 2, 3, 4]),
      column('x', [0, 1, 0, 1]),
      column('y', [0, 0, 1, 1]),
      4,
      4
    );
    const { frame, calls, texts } = draw(plot);
    const boxes = calls
      .filter(call => call.startsWith('fillRect'))
      .slice(0, 4)
      .map(call => call.split(' ').slice(1).map(Number));
    expect(boxes[0][0] + boxes[0][2]).toBe(boxes[1][0]);
    expect(boxes[2][1] + boxes[2][3]).toBe(boxes[0][1]);
    expect(texts).toEqual(expect.arrayContaining(['x', 'y', 'a']));
    const middle = (box: number[]) =>
      markAt(plot, frame, box[0] + box[2] / 2, box[1] + box[3] / 2);
    expect(boxes.map(box => middle(box)?.value)).toEqual([1, 2, 3, 4]);
    expect(markAt(plot, frame, 1, 1)).toBeNull();
  });

  it('should find the point that is near', () => {
    const plot = linePlot(column('a', [0, 10]), column('k', [0, 1]), 2);
    const { frame } = draw(plot);
    const [x, y] = [frame.toX(1), frame.toY(10)];
    expect(markAt(plot, frame, x + 2, y - 2)?.y).toBe(10);
    expect(markAt(plot, frame, x - 100, y)).toBeNull();
  });

  it('should draw nothing where it has no room', () => {
    const plot = linePlot(column('a', [0]), column('k', [0]), 1);
    const { context, calls } = recorder();
    paint(context, { width: 20, height: 20 }, plot, INK);
    expect(calls.filter(call => call.startsWith('fill'))).toEqual([]);
  });
});

describe('the ticks of cells', () => {
  const axisOf = (places: number[]) =>
    heatMap(
      column('a', places),
      column('k', places),
      column(
        'm',
        places.map(() => 0)
      ),
      places.length,
      places.length
    ).x;

  it('should stand in their middles where there is room', () => {
    expect(ticksOn(axisOf([0, 1, 2, 3, 4]), 12)).toEqual(
      [0, 1, 2, 3, 4].map(value => ({ value, text: String(value) }))
    );
  });

  it('should be round numbers where cells are narrow or uneven', () => {
    const many = ticksOn(axisOf([...Array(100).keys()]), 5);
    expect(many.map(({ value }) => value)).toEqual([0, 20, 40, 60, 80]);
    const uneven = ticksOn(axisOf([0.01, 0.1, 1, 10]), 5);
    expect(uneven.map(({ value }) => value)).not.toContain(0.1);
  });
});
