// Lets React's act() drive effects and updates in tests.
globalThis.IS_REACT_ACT_ENVIRONMENT = true;

// What jsdom does not lay out: everything is in view, and nothing changes its size.
globalThis.IntersectionObserver = class {
  constructor(callback) {
    this.callback = callback;
  }
  observe(target) {
    this.callback([{ target, isIntersecting: true }]);
  }
  disconnect() {}
};
globalThis.ResizeObserver = class {
  observe() {}
  disconnect() {}
};

// Nothing is drawn either.
HTMLCanvasElement.prototype.getContext = () => null;

// What browsers have and jsdom has not.
globalThis.DecompressionStream = require('stream/web').DecompressionStream;
