// A list of thousands of rows with elements for the visible ones only. An element stays with its item while that is visible or
// has the focus, so that a moving row keeps its focus, hover and animation. The tab stop has an element wherever it is: without
// one, the list could not be reached with the keyboard.

const OVERSCAN = 6; // rows above and below the visible ones

export class VirtualList {
  #scroller;
  #body;
  #options;
  #items = [];
  #offsets = new Float64Array(1);
  #shown = new Map();
  #spare = [];
  #frame = 0;
  /** The key of the row that is the tab stop; undefined if there is none. */
  stop;

  /**
   * @param scroller the element that scrolls
   * @param options.role of the element around the rows
   * @param options.key (item) -> string, unique
   * @param options.height (item) -> pixels
   * @param options.create () -> element of a row
   * @param options.update (element, item, index): also called without a change, so it must be cheap
   */
  constructor(scroller, options) {
    this.#scroller = scroller;
    this.#options = options;
    this.#body = document.createElement("div");
    this.#body.className = "rows";
    this.#body.setAttribute("role", options.role);
    scroller.append(this.#body);
    scroller.addEventListener("scroll", () => this.#soon(), { passive: true });
    new ResizeObserver(() => this.refresh()).observe(scroller);
  }

  get body() {
    return this.#body;
  }

  get items() {
    return this.#items;
  }

  keyOf(item) {
    return this.#options.key(item);
  }

  /** The number of rows that fit. */
  get page() {
    const first = this.#items.length > 0 ? this.#options.height(this.#items[0]) : 32;
    return Math.max(1, Math.floor(this.#scroller.clientHeight / first) - 1);
  }

  /** Replaces the items, or their order. */
  set(items) {
    this.#items = items;
    this.#measure();
    this.#render();
  }

  /** Measures again after heights changed. */
  refresh() {
    this.#measure();
    this.#render();
  }

  /** Updates the visible rows. */
  repaint() {
    for (const element of this.#shown.values()) {
      this.#options.update(element, this.#items[element.index], element.index);
    }
  }

  indexOf(key) {
    const index = this.#shown.get(key)?.index;
    if (index !== undefined && index < this.#items.length && this.keyOf(this.#items[index]) === key) {
      return index;
    }
    return this.#items.findIndex((item) => this.keyOf(item) === key);
  }

  elementOf(key) {
    return this.#shown.get(key);
  }

  /** The key of the row that contains an element; undefined if none does. */
  keyAt(element) {
    return element.closest?.("[data-key]")?.dataset.key;
  }

  reveal(index) {
    const top = this.#offsets[index];
    const bottom = this.#offsets[index + 1];
    const { scrollTop, clientHeight } = this.#scroller;
    if (top < scrollTop) {
      this.#scroller.scrollTop = top;
    } else if (bottom > scrollTop + clientHeight) {
      this.#scroller.scrollTop = bottom - clientHeight;
    }
    this.#render();
  }

  #measure() {
    const items = this.#items;
    const offsets = new Float64Array(items.length + 1);
    for (let i = 0; i < items.length; i++) {
      offsets[i + 1] = offsets[i] + this.#options.height(items[i]);
    }
    this.#offsets = offsets;
    this.#body.style.height = `${offsets[items.length]}px`;
  }

  #soon() {
    if (this.#frame === 0) {
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#render();
      });
    }
  }

  #at(pixels) {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#offsets[middle + 1] <= pixels) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  #render() {
    const { scrollTop, clientHeight } = this.#scroller;
    const from = Math.max(0, this.#at(scrollTop) - OVERSCAN);
    const to = Math.min(this.#items.length, this.#at(scrollTop + clientHeight) + 1 + OVERSCAN);
    const visible = new Map();
    for (let i = from; i < to; i++) {
      visible.set(this.#options.key(this.#items[i]), i);
    }
    const focused = this.keyAt(document.activeElement ?? this.#body);
    const held = focused !== undefined && this.#shown.has(focused) ? (visible.get(focused) ?? this.indexOf(focused)) : -1;
    if (held >= 0) {
      visible.set(focused, held);
    }
    const stop = this.stop === undefined || visible.has(this.stop) ? -1 : this.indexOf(this.stop);
    if (stop >= 0) {
      visible.set(this.stop, stop);
    }
    for (const [key, element] of this.#shown) {
      if (!visible.has(key)) {
        element.remove();
        this.#shown.delete(key);
        this.#spare.push(element);
      }
    }
    const rows = [];
    for (const [key, index] of [...visible].sort((a, b) => a[1] - b[1])) {
      let element = this.#shown.get(key);
      if (!element) {
        element = this.#spare.pop() ?? this.#options.create();
        element.dataset.key = key;
        this.#shown.set(key, element);
      }
      element.index = index;
      const transform = `translateY(${this.#offsets[index]}px)`;
      if (element.style.transform !== transform) {
        element.style.transform = transform;
      }
      this.#options.update(element, this.#items[index], index);
      rows.push(element);
    }
    this.#arrange(rows, held < 0 ? null : this.#shown.get(focused));
  }

  /** Orders the elements for screen readers without moving the focused one, which would lose the focus. */
  #arrange(rows, pinned) {
    let next = null;
    for (let i = rows.length - 1; i >= 0; i--) {
      if ((rows[i].nextSibling !== next || rows[i].parentNode !== this.#body) && rows[i] !== pinned) {
        this.#body.insertBefore(rows[i], next);
      }
      next = rows[i];
    }
  }
}
