// The parts of a report that need a script: the map and the list of the
// dominator tree, search, sorting and copying. All else is in the page already.
// Text is set as text, never as HTML: names from a heap are hostile.
'use strict';

const byId = (id) => document.getElementById(id);

/** Makes an element with a class and a text. */
function element(name, className, text) {
  const e = document.createElement(name);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
}

// Numbers, written as the program's pages write them.

const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

function size(bytes) {
  if (bytes < 1024) return grouped(bytes) + ' B';
  let n = bytes, unit = '';
  for (unit of ['KiB', 'MiB', 'GiB', 'TiB']) {
    n /= 1024;
    if (Math.round(n) < 1024) break;
  }
  const tenths = Math.round(n * 10);
  return (tenths < 100 ? (tenths / 10).toFixed(1) : grouped(Math.round(n))) + ' ' + unit;
}

/** The difference of two sizes, with its sign. */
function changedSize(before, after) {
  const text = size(Math.abs(after - before));
  return after > before ? '+' + text : after < before ? '−' + text : '±0';
}

const percent = (share) => (Math.round(1000 * share) / 10).toFixed(1) + ' %';

const items = (n, noun) => grouped(n) + ' ' + noun + (n === 1 ? '' : 's');

/** The dominator tree: columns, by the number of a node; see columns.go. */
class Tree {
  constructor(data) {
    Object.assign(this, data);
    const n = this.depth.length;
    this.parent = new Int32Array(n).fill(-1);
    this.end = new Int32Array(n); // behind the last node below it
    const open = [];
    for (let i = 0; i <= n; i++) {
      while (open.length && (i === n || this.depth[open[open.length - 1]] >= this.depth[i])) this.end[open.pop()] = i;
      if (i === n) break;
      if (open.length) this.parent[i] = open[open.length - 1];
      open.push(i);
    }
    this.marked = new Set(this.suspects);
    this.isChange = this.before !== undefined;
    this.onlyBefore = new Set(this.gone);
  }

  get length() { return this.depth.length; }

  /** The children of a node, those that retain most first. */
  children(i) {
    const list = [];
    for (let c = i + 1; c < this.end[i]; c = this.end[c]) list.push(c);
    return list;
  }

  labelOf(i) { return this.labels[this.label[i]]; }
  typeOf(i) { return this.kinds[this.kind[i]][0]; }
  classOf(i) { return this.kinds[this.kind[i]][1] || this.typeOf(i); }
  shareOf(i) { return this.retained[i] / Math.max(this.explained, 1); }

  shortClass(i) {
    const name = this.classOf(i);
    return name.slice(name.lastIndexOf('\\') + 1);
  }

  /** The expression of a node; '' if it has none. */
  pathOf(i) {
    const own = this.path[i];
    if (own === '') return '';
    if (own !== 0 && own[0] === '=') return own.slice(1);
    const above = this.parent[i] < 0 ? '' : this.pathOf(this.parent[i]);
    return above + (own === 0 ? this.labelOf(i) : own.slice(1));
  }

  /** How many items there are at a node, or were. */
  countOf(i) { return this.isChange ? Math.max(this.count[i], this.countBefore[i]) : this.count[i]; }

  /** What a node is drawn with. */
  amountOf(i) { return this.isChange ? changedSize(this.before[i], this.after[i]) : size(this.retained[i]); }

  /** The dump that a node is to be looked up in. */
  dumpOf(i) { return this.onlyBefore.has(i) ? this.dumpBefore : this.dump; }

  /** The class of a node's cell: its kind, or how much of it came or went. */
  cellClass(i) {
    if (!this.isChange) return kindClass(this.typeOf(i));
    const a = this.after[i], b = this.before[i], share = Math.abs(a - b) / Math.max(a, b, 1);
    if (share < 0.02) return 'same0';
    return (a > b ? 'grew' : 'shrank') + (share > 2 / 3 ? 3 : share > 1 / 3 ? 2 : 1);
  }

  /** What names a node in a command: its expression or its id. */
  nameOf(i) { return this.pathOf(i) || this.ids[i] || ''; }

  /**
   * The last node of the run that begins at a node: items each of which has all
   * but nothing besides the next. A run is one row, but never the root's or a
   * suspect's.
   */
  lastOfRun(i) {
    while (i > 0 && !this.marked.has(i) && this.countOf(i) === 1) {
      const c = i + 1;
      if (c >= this.end[i] || this.end[c] !== this.end[i] || this.countOf(c) !== 1 || this.isChange && this.cellClass(c) !== this.cellClass(i) || this.marked.has(c) || this.retained[c] < 0.98 * this.retained[i]) break;
      i = c;
    }
    return i;
  }

  /** The label of the run that ends at a node and begins at another. */
  runLabel(from, to) {
    let text = this.labelOf(from);
    for (let i = from + 1; i <= to; i++) text += this.labelOf(i);
    return text;
  }

  isAbove(a, i) { return a <= i && i < this.end[a]; }
}

/** The bytes of a command's argument, quoted for a shell. */
const quoted = (text) => /^[\w@%+=:,./-]+$/.test(text) ? text : "'" + text.replaceAll("'", `'"'"'`) + "'";

/** Copies a text, and says so on the button. */
async function copy(text, button) {
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = element('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    done = document.execCommand('copy');
    area.remove();
    button.focus();
  }
  const label = button.firstChild, before = button.dataset.label || label.textContent;
  button.dataset.label = before;
  label.textContent = done ? 'Copied' : 'Not copied';
  setTimeout(() => { label.textContent = before; }, 1500);
}

const rowHeight = 26, leastCell = 3, leastLabel = 26, leastSize = 130;

/**
 * The map, the list below it and what is said of the node chosen. The ids of its
 * elements begin with a prefix.
 */
class Explorer {
  constructor(tree, prefix) {
    this.tree = tree;
    this.el = (name) => byId(prefix + name);
    this.root = 0;   // where the map starts
    this.chosen = 0;
    this.hits = null; // nodes found, as a Set; null if nothing is looked for
    this.cells = new Map(); // by the last node of their run
    this.map = this.el('map');
    this.list = this.el('list');
    this.asList = window.matchMedia('(max-width: 640px)').matches;
    this.listen();
    this.draw();
  }

  listen() {
    this.map.addEventListener('click', (e) => {
      const cell = e.target.closest('.cell');
      if (!cell || cell.dataset.node === undefined) return;
      const node = +cell.dataset.node;
      if (node === this.chosen) this.zoom(node); else this.choose(node, true);
    });
    this.map.addEventListener('keydown', (e) => this.key(e));
    this.el('as-map').addEventListener('click', () => this.show(false));
    this.el('as-list').addEventListener('click', () => this.show(true));
    this.el('copy-expression').addEventListener('click', (e) => copy(this.tree.nameOf(this.chosen), e.currentTarget));
    this.el('copy-command').addEventListener('click', (e) => copy(this.command(), e.currentTarget));
    this.el('search').addEventListener('input', (e) => this.search(e.target.value));
    this.el('search').addEventListener('keydown', (e) => {
      if (e.key !== 'Escape') return;
      e.target.value = '';
      this.search('');
    });
    let timer = 0, width = this.map.clientWidth;
    window.addEventListener('resize', () => {
      if (this.map.clientWidth === width) return;
      width = this.map.clientWidth;
      clearTimeout(timer);
      timer = setTimeout(() => this.draw(), 50);
    });
  }

  command() {
    const name = this.tree.nameOf(this.chosen), dump = quoted(this.tree.dumpOf(this.chosen));
    return name ? `analyzer tree ${dump} --from ${quoted(name)}` : `analyzer tree ${dump}`;
  }

  show(asList) {
    this.asList = asList;
    this.draw();
  }

  draw() {
    const focused = this.map.contains(document.activeElement);
    this.el('as-map').setAttribute('aria-pressed', String(!this.asList));
    this.el('as-list').setAttribute('aria-pressed', String(this.asList));
    this.map.hidden = this.asList;
    this.list.hidden = !this.asList;
    this.el('keys').hidden = this.asList;
    this.drawCrumbs();
    if (this.asList) this.drawList(); else this.drawMap();
    this.choose(this.cells.has(this.chosen) || this.asList ? this.chosen : this.root, focused);
  }

  drawCrumbs() {
    const t = this.tree, crumbs = this.el('crumbs'), chain = [];
    for (let i = this.root; i >= 0; i = t.parent[i]) chain.unshift(i);
    crumbs.replaceChildren();
    const most = 7;
    chain.forEach((i, at) => {
      if (chain.length > most && at > 1 && at < chain.length - most + 2) {
        if (at === 2) crumbs.append('…');
        return;
      }
      const b = element('button', '', i === 0 ? '⌂ all variables and statics' : t.labelOf(i));
      b.type = 'button';
      if (i === this.root) b.setAttribute('aria-current', 'true');
      b.addEventListener('click', () => this.zoom(i));
      crumbs.append(b);
    });
  }

  /** Draws the map: a row a level, and of what is too narrow one hatched cell. */
  drawMap() {
    const t = this.tree, width = this.map.clientWidth || 1000, whole = Math.max(t.retained[this.root], 1);
    const scale = width / whole, fragment = document.createDocumentFragment();
    this.cells.clear();
    let rows = 0;
    const open = [[this.root, 0, 0]]; // first node of a run, x in bytes, row
    while (open.length) {
      const [first, x, row] = open.pop();
      const last = first === this.root ? first : t.lastOfRun(first);
      rows = Math.max(rows, row + 1);
      const cell = this.cell(first, last, t.retained[first] * scale);
      this.place(cell, x / whole, t.retained[first] / whole, row);
      this.cells.set(last, cell);
      fragment.append(cell);
      let at = x, rest = t.hiddenBytes[last], more = t.hidden[last];
      const shown = [];
      for (const c of t.children(last)) {
        if (t.retained[c] * scale < leastCell) {
          rest += t.retained[c];
          more += t.countOf(c);
          continue;
        }
        shown.push([c, at, row + 1]);
        at += t.retained[c];
      }
      open.push(...shown.reverse());
      if (rest * scale >= leastCell) {
        const hatched = element('div', 'cell more slim');
        hatched.setAttribute('aria-hidden', 'true');
        const text = items(more, 'item') + ' more';
        hatched.title = text + ', ' + size(rest);
        if (rest * scale > 90) hatched.append(element('span', '', grouped(more) + ' more'));
        this.place(hatched, at / whole, rest / whole, row + 1);
        fragment.append(hatched);
        rows = Math.max(rows, row + 2);
      }
    }
    this.map.replaceChildren(fragment);
    this.map.style.height = rows * rowHeight + 'px';
    this.mark();
  }

  cell(first, last, width) {
    const t = this.tree, cell = element('div', 'cell ' + t.cellClass(last));
    const label = last === 0 ? 'all variables and statics' : t.runLabel(first, last);
    // Of a path as a key the end tells more than the beginning.
    const drawn = label.length * 7 > width ? label.replace(/"[^"]*[/\\]([^"/\\]+)"/g, '"…/$1"') : label;
    let text = drawn;
    if (width < leastLabel) {
      cell.classList.add('slim');
    } else {
      if (width > leastSize) {
        if (t.countOf(last) > 1) text += '  ' + t.shortClass(last) + ' ×' + grouped(t.countOf(last));
        text += '  ' + t.amountOf(last);
      }
      cell.textContent = text;
    }
    if (t.marked.has(last)) cell.classList.add('suspect');
    cell.dataset.node = last;
    cell.setAttribute('role', 'treeitem');
    cell.setAttribute('aria-level', String(t.depth[last] + 1));
    cell.setAttribute('aria-selected', 'false');
    // What is read aloud begins with what is seen.
    cell.setAttribute('aria-label', `${text}, ${t.classOf(last)}, ${t.amountOf(last)}`);
    cell.tabIndex = -1;
    return cell;
  }

  /** Places a cell; in percent, so that it flows on paper. */
  place(cell, x, width, row) {
    cell.style.left = 100 * x + '%';
    cell.style.width = 100 * width + '%';
    cell.style.top = row * rowHeight + 'px';
  }

  drawList() {
    const t = this.tree, whole = Math.max(t.retained[this.root], 1);
    this.cells.clear();
    this.list.replaceChildren();
    for (const i of t.children(this.root)) {
      const item = element('li'), b = element('button'), label = element('span', 'label');
      b.type = 'button';
      label.append(element('code', '', t.labelOf(i)), ' ', element('span', 'kind', t.classOf(i) + (t.countOf(i) > 1 ? ' ×' + grouped(t.countOf(i)) : '')));
      if (t.marked.has(i)) label.append(' ', element('b', 'note', 'suspect'));
      b.append(label, element('span', 'amount', t.amountOf(i)), bar(t.retained[i] / whole, t.isChange ? t.cellClass(i) : 'fill'));
      b.addEventListener('click', () => this.zoom(i));
      item.append(b);
      this.list.append(item);
    }
    if (t.hidden[this.root] > 0) {
      const item = element('li');
      item.append(element('p', '', `${items(t.hidden[this.root], 'item')} more, ${size(t.hiddenBytes[this.root])}`));
      this.list.append(item);
    } else if (!this.list.children.length) {
      const item = element('li');
      item.append(element('p', '', 'Nothing is below it.'));
      this.list.append(item);
    }
    this.chosen = this.root;
  }

  /** Makes a node the chosen one, and says what it is. */
  choose(i, focus) {
    this.cells.get(this.chosen)?.classList.remove('chosen');
    const before = this.cells.get(this.chosen);
    if (before) { before.tabIndex = -1; before.setAttribute('aria-selected', 'false'); }
    this.chosen = i;
    const cell = this.cells.get(i);
    if (cell) {
      cell.classList.add('chosen');
      cell.tabIndex = 0;
      cell.setAttribute('aria-selected', 'true');
      if (focus) cell.focus({ preventScroll: true });
    }
    this.mark();
    this.describe();
  }

  /** Marks what was found, or the members of the class of the node chosen. */
  mark() {
    const t = this.tree, kind = this.chosen > 0 && t.kinds[t.kind[this.chosen]][1] ? t.kind[this.chosen] : -1;
    this.map.classList.toggle('searched', this.hits !== null);
    for (const [i, cell] of this.cells) {
      cell.classList.toggle('hit', this.hits !== null && this.hits.has(i));
      cell.classList.toggle('same', this.hits === null && i !== this.chosen && t.kind[i] === kind);
    }
  }

  describe() {
    if (this.tree.isChange) {
      this.describeChange();
      return;
    }
    const t = this.tree, i = this.chosen, detail = this.el('detail'), p = element('p'), name = t.pathOf(i);
    p.append(element('b', '', `${size(t.retained[i])} (${percent(t.shareOf(i))})`));
    if (i === 0) {
      p.append(' hang on variables and statics. Select a block to see what it is; select it again, or press Enter, to zoom in.');
    } else {
      p.append(' would be freed with ', element('code', '', t.count[i] > 1 ? t.labelOf(i) : name || t.labelOf(i)), ': ', t.classOf(i) || 'several items');
      if (t.count[i] > 1) p.append(` ×${grouped(t.count[i])}, ${size(Math.round(t.retained[i] / t.count[i]))} each`);
      p.append(`, ${size(t.own[i])} itself`);
      if (t.hidden[i] > 0) p.append(`; ${items(t.hidden[i], 'item')} of ${size(t.hiddenBytes[i])} below it are not shown`);
      p.append('.');
      if (t.count[i] > 1 && name) p.append(' The largest: ', element('code', '', name));
    }
    detail.replaceChildren(p);
    this.el('copy-expression').disabled = !t.nameOf(i);
  }

  /** Says how a node was before, and how it is after. */
  describeChange() {
    const t = this.tree, i = this.chosen, p = element('p'), name = t.pathOf(i), a = t.after[i], b = t.before[i];
    p.append(element('b', '', changedSize(b, a)), i === 0 ? ' of all that hangs on variables and statics' : ' at ');
    if (i > 0) p.append(element('code', '', t.countOf(i) > 1 ? t.labelOf(i) : name || t.labelOf(i)), ', ', t.classOf(i) || 'several items');
    const was = t.countBefore[i], is = t.count[i];
    if (i > 0 && was !== is) p.append(` ×${grouped(was)} → ×${grouped(is)}`);
    p.append(`: ${size(b)} before, ${size(a)} after`);
    if (i > 0 && was === 0) p.append('; it appeared');
    if (i > 0 && is === 0) p.append('; it vanished');
    p.append('.');
    if (t.countOf(i) > 1 && name) p.append(' The largest: ', element('code', '', name));
    this.el('detail').replaceChildren(p);
    this.el('copy-expression').disabled = !t.nameOf(i);
  }

  zoom(i) {
    this.root = i;
    this.chosen = i;
    const focused = this.map.contains(document.activeElement);
    this.draw();
    if (focused) this.cells.get(i)?.focus({ preventScroll: true });
  }

  /** Shows a node from anywhere on the page. */
  reveal(i) {
    const t = this.tree;
    this.root = Math.max(t.parent[i], 0);
    this.chosen = i;
    this.draw();
    this.map.closest('section').scrollIntoView();
    this.cells.get(i)?.focus({ preventScroll: true });
  }

  key(e) {
    const t = this.tree, i = this.chosen;
    const above = () => {
      for (let p = t.parent[i]; p >= this.root && p >= 0; p = t.parent[p]) if (this.cells.has(p)) return p;
      return -1;
    };
    const besides = (by) => {
      const cell = this.cells.get(i), row = cell.style.top;
      const list = [...this.cells].filter(([, c]) => c.style.top === row).map(([n]) => n);
      return list[list.indexOf(i) + by] ?? -1;
    };
    const below = () => {
      for (const c of t.children(i)) if (this.cells.has(t.lastOfRun(c))) return t.lastOfRun(c);
      return -1;
    };
    let to = -1;
    switch (e.key) {
      case 'ArrowDown': to = below(); break;
      case 'ArrowUp': to = above(); break;
      case 'ArrowLeft': to = besides(-1); break;
      case 'ArrowRight': to = besides(1); break;
      case 'Home': to = this.root; break;
      case 'Enter': case ' ': e.preventDefault(); this.zoom(i); return;
      case 'Escape': e.preventDefault(); this.zoom(Math.max(t.parent[this.root], 0)); return;
      default: return;
    }
    e.preventDefault();
    if (to >= 0) this.choose(to, true);
  }

  /** Looks for a text in labels and classes. */
  search(text) {
    const t = this.tree, wanted = text.trim().toLowerCase(), found = this.el('found'), hits = this.el('hits');
    if (!wanted) {
      this.hits = null;
      found.textContent = '';
      hits.hidden = true;
      this.mark();
      return;
    }
    const labels = t.labels.map((l) => l.toLowerCase().includes(wanted));
    const kinds = t.kinds.map(([type, name]) => (name || type).toLowerCase().includes(wanted));
    this.hits = new Set();
    let bytes = 0, behind = 0;
    const top = [];
    for (let i = 1; i < t.length; i++) {
      if (!labels[t.label[i]] && !kinds[t.kind[i]]) continue;
      this.hits.add(i);
      if (i < behind) continue; // below another that was found
      behind = t.end[i];
      bytes += t.retained[i];
      top.push(i);
    }
    const n = this.hits.size, sum = (of) => top.reduce((bytes, i) => bytes + of[i], 0);
    found.textContent = n === 0 ? 'Nothing of that name is in the map.'
      : t.isChange ? `${items(n, 'block')} of that name: ${size(sum(t.before))} before, ${size(sum(t.after))} after.`
      : `${items(n, 'block')} of that name keep${n === 1 ? 's' : ''} ${size(bytes)} alive, ${percent(bytes / Math.max(t.explained, 1))}.`;
    top.sort((a, b) => t.retained[b] - t.retained[a]);
    hits.replaceChildren(...top.slice(0, 6).map((i) => {
      const item = element('li'), b = element('button', '', `${t.labelOf(i)}  ${t.shortClass(i)}  ${t.amountOf(i)}`);
      b.type = 'button';
      b.addEventListener('click', () => this.reveal(i));
      item.append(b);
      return item;
    }));
    hits.hidden = n === 0;
    this.mark();
  }
}

const kindClass = (type) => ['array', 'object', 'string'].includes(type) ? type : 'other';

/** A bar of a share, with the class of what is filled. */
function bar(share, fill) {
  const name = 'http://www.w3.org/2000/svg', svg = document.createElementNS(name, 'svg');
  svg.setAttribute('viewBox', '0 0 100 8');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  for (const [kind, width] of [['track', 100], [fill, 100 * share]]) {
    const r = document.createElementNS(name, 'rect');
    r.setAttribute('class', kind);
    r.setAttribute('width', String(width));
    r.setAttribute('height', '8');
    svg.append(r);
  }
  return svg;
}

/** The table of types: sorted by its heads, filtered, and cut at first. */
class Types {
  constructor() {
    this.table = byId('type-table');
    this.body = this.table.tBodies[0];
    this.rows = [...this.body.rows];
    this.names = this.rows.map((r) => r.cells[0].querySelector('code').textContent.toLowerCase());
    this.order = this.rows.map((_, i) => i);
    this.all = false;
    for (const head of this.table.tHead.rows[0].cells) {
      if (!head.dataset.sort) continue;
      const b = element('button', '', head.textContent);
      b.type = 'button';
      b.addEventListener('click', () => this.sort(head));
      head.replaceChildren(b);
    }
    byId('filter').addEventListener('input', () => this.draw());
    byId('all-types').addEventListener('click', () => { this.all = !this.all; this.draw(); });
    this.draw();
  }

  sort(head) {
    const column = head.cellIndex, was = head.getAttribute('aria-sort');
    const ascending = was ? was === 'descending' : column === 0;
    for (const h of this.table.tHead.rows[0].cells) h.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', ascending ? 'ascending' : 'descending');
    const value = column === 0 ? (i) => this.names[i] : (i) => +this.rows[i].cells[column].dataset.value;
    const values = this.rows.map((_, i) => value(i)), sign = ascending ? 1 : -1;
    this.order.sort((a, b) => sign * (values[a] < values[b] ? -1 : values[a] > values[b] ? 1 : 0));
    this.body.append(...this.order.map((i) => this.rows[i]));
    this.draw();
  }

  draw() {
    const wanted = byId('filter').value.trim().toLowerCase(), most = this.all || wanted ? Infinity : 12;
    let n = 0;
    for (const i of this.order) {
      const match = this.names[i].includes(wanted);
      this.rows[i].hidden = !match || n >= most;
      if (match) n++;
    }
    byId('shown').textContent = wanted ? `${grouped(n)} of ${items(this.rows.length, 'type')}` : items(this.rows.length, 'type');
    const b = byId('all-types');
    b.textContent = this.all ? 'Show fewer' : 'Show all ' + grouped(this.rows.length);
    b.hidden = wanted !== '' || this.rows.length <= 12;
  }
}

document.documentElement.classList.add('scripted');
byId('static').hidden = true;
const read = (id) => new Tree(JSON.parse(byId(id).textContent));
const explorer = new Explorer(read('tree'), '');
if (byId('change-tree')) new Explorer(read('change-tree'), 'change-');
new Types();
document.addEventListener('keydown', (e) => {
  if (e.key !== '/' || e.ctrlKey || e.metaKey || e.altKey || e.target.closest('input, textarea')) return;
  e.preventDefault();
  byId('search').focus();
});
document.addEventListener('click', (e) => {
  const b = e.target.closest('button');
  if (!b) return;
  if (b.dataset.copy !== undefined) copy(b.dataset.copy, b);
  if (b.dataset.show !== undefined) explorer.reveal(+b.dataset.show);
});
