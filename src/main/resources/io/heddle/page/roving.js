// Keyboard navigation in a virtual list: one tab stop, arrow keys within. The tab stop belongs to an item, so it moves with
// its row if the order changes. https://www.w3.org/WAI/ARIA/apg/patterns/grid/

export class Roving {
  #list;
  #cells;
  #onKey;
  #row = 0;
  #column = 0;

  /**
   * @param list a VirtualList whose update calls {@link mark}
   * @param options.cells (element) -> the focusable cells of a row; absent if whole rows get the focus
   * @param options.onKey (event, item, index) -> true if handled
   */
  constructor(list, { cells, onKey } = {}) {
    this.#list = list;
    this.#cells = cells;
    this.#onKey = onKey;
    list.body.addEventListener("focusin", (event) => this.#focused(event.target));
    list.body.addEventListener("keydown", (event) => this.#pressed(event));
  }

  /** Replaces the items. If the focused row is gone, the next one gets the focus. */
  show(items) {
    const list = this.#list;
    const had = list.body.contains(document.activeElement);
    if (list.stop === undefined && items.length > 0) {
      list.stop = list.keyOf(items[0]);
    }
    list.set(items);
    const index = list.stop === undefined ? -1 : list.indexOf(list.stop);
    if (index >= 0) {
      this.#row = index;
    } else if (items.length === 0) {
      list.stop = undefined;
    } else {
      this.#row = Math.min(this.#row, items.length - 1);
      list.stop = list.keyOf(items[this.#row]);
      list.refresh();
      if (had) {
        this.focus(this.#row);
      }
    }
  }

  /** Sets the tabindex of each stop of a row. */
  mark(element, key) {
    const stops = this.#stops(element);
    const active = key === this.#list.stop ? Math.min(this.#column, stops.length - 1) : -1;
    for (let i = 0; i < stops.length; i++) {
      const index = i === active ? 0 : -1;
      if (stops[i].tabIndex !== index || !stops[i].hasAttribute("tabindex")) {
        stops[i].tabIndex = index;
      }
    }
  }

  /** Moves the focus to a row, and scrolls to it. */
  focus(index) {
    const list = this.#list;
    if (list.items.length === 0) {
      return;
    }
    this.#row = Math.max(0, Math.min(list.items.length - 1, index));
    list.stop = list.keyOf(list.items[this.#row]);
    list.reveal(this.#row);
    const stops = this.#stops(list.elementOf(list.stop));
    stops[Math.min(this.#column, stops.length - 1)]?.focus({ preventScroll: true });
  }

  /** Moves the focus to the row that has the tab stop. */
  refocus() {
    this.focus(this.#row);
  }

  #stops(element) {
    return this.#cells ? this.#cells(element) : [element];
  }

  #focused(target) {
    const key = this.#list.keyAt(target);
    const column = key === undefined ? -1 : this.#stops(this.#list.elementOf(key)).indexOf(target);
    if (column >= 0) {
      this.#list.stop = key;
      this.#row = this.#list.indexOf(key);
      this.#column = column;
      this.#list.repaint();
    }
  }

  #pressed(event) {
    if (event.altKey || event.metaKey || this.#list.stop === undefined) {
      return;
    }
    const whole = !this.#cells || event.ctrlKey;
    const moves = {
      ArrowDown: () => this.focus(this.#row + 1),
      ArrowUp: () => this.focus(this.#row - 1),
      PageDown: () => this.focus(this.#row + this.#list.page),
      PageUp: () => this.focus(this.#row - this.#list.page),
      ArrowRight: () => this.#across(this.#column + 1),
      ArrowLeft: () => this.#across(this.#column - 1),
      Home: () => (whole ? this.focus(0) : this.#across(0)),
      End: () => (whole ? this.focus(Infinity) : this.#across(Infinity)),
    };
    if (this.#onKey?.(event, this.#list.items[this.#row], this.#row)) {
      event.preventDefault();
    } else if (Object.hasOwn(moves, event.key)) {
      event.preventDefault();
      moves[event.key]();
    }
  }

  #across(column) {
    const stops = this.#stops(this.#list.elementOf(this.#list.stop));
    this.#column = Math.max(0, Math.min(stops.length - 1, column));
    this.focus(this.#row);
  }
}
