'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const at = id => document.getElementById(id);
  const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const percent = (share, digits = 1) => (share * 100).toFixed(digits) + ' %';
  const value = id => at(id) ? Number(at(id).value) : null;
  const tables = data.colours.map(([, text]) => bytes(text));
  const layers = data.layers.map(layer => {
    const raw = bytes(layer.values);
    const steps = new Uint16Array(raw.length / 2);
    steps.forEach((_, i) => { steps[i] = raw[2 * i] | raw[2 * i + 1] << 8; });
    return { ...layer, steps, sorted: steps.slice().sort() };
  });
  const number = v => Math.abs(v) >= 1e4 || (v !== 0 && Math.abs(v) < 1e-3) ? v.toExponential(2) : String(+v.toPrecision(3));
  const index = step => (step + 128) >> 8;

  // The value from which on a pixel is in the top share; equal values are all in.
  function cut(layer, share) {
    const count = layer.sorted.length, k = Math.round(count * share);
    return k <= 0 ? Infinity : k >= count ? -Infinity : layer.sorted[count - k];
  }

  const shown = { left: null, right: null };

  // The picture, or white where there is none, with the map over it.
  function paint(layer, picture, opacity, share, table, bare) {
    const width = picture ? picture.width : layer.width, height = picture ? picture.height : layer.height;
    const out = new ImageData(width, height);
    if (picture) out.data.set(picture.data); else out.data.fill(255);
    if (bare) return out;
    const [l, t, r, b] = layer.place, limit = cut(layer, share);
    const x0 = l * width, y0 = t * height, w = (r - l) * width, h = (b - t) * height;
    const column = Int32Array.from({ length: width }, (_, x) => Math.floor((x + 0.5 - x0) * layer.width / w));
    for (let y = 0; y < height; y++) {
      const row = Math.floor((y + 0.5 - y0) * layer.height / h);
      if (row < 0 || row >= layer.height) continue;
      for (let x = 0; x < width; x++) {
        if (column[x] < 0 || column[x] >= layer.width) continue;
        const step = layer.steps[row * layer.width + column[x]];
        if (step < limit) continue;
        const from = 3 * index(step), to = 4 * (y * width + x);
        for (let c = 0; c < 3; c++) {
          const below = out.data[to + c];
          out.data[to + c] = Math.floor(below + (table[from + c] - below) * opacity + 0.5);
        }
      }
    }
    return out;
  }

  function put(canvas, image) {
    canvas.width = image.width;
    canvas.height = image.height;
    canvas.style.maxWidth = `calc(68vh * ${image.width / image.height})`;
    canvas.getContext('2d').putImageData(image, 0, 0);
  }

  function drawBar(table) {
    const bar = at('bar'), image = new ImageData(256, 1);
    for (let i = 0; i < 256; i++) image.data.set([table[3 * i], table[3 * i + 1], table[3 * i + 2], 255], 4 * i);
    bar.getContext('2d').putImageData(image, 0, 0);
  }

  function drawAgreement(table, share) {
    const [a, b] = layers, delta = value('delta'), both = new ImageData(a.width, a.height);
    put(at('a'), paint(a, null, 1, share, table));
    put(at('b'), paint(b, null, 1, share, table));
    let agree = 0, inBoth = 0, inOne = 0;
    const cuts = [cut(a, share), cut(b, share)];
    for (let i = 0; i < a.steps.length; i++) {
      const p = 3 * index(a.steps[i]), q = 3 * index(b.steps[i]);
      let same = true;
      if (data.by_value) same = Math.abs(a.steps[i] - b.steps[i]) <= delta * 256;
      else for (let c = 0; c < 3; c++) same = same && Math.abs(table[p + c] - table[q + c]) <= delta;
      const tops = [a.steps[i] >= cuts[0], b.steps[i] >= cuts[1]];
      inBoth += tops[0] && tops[1];
      inOne += tops[0] || tops[1];
      agree += same;
      both.data.set(same ? [table[p], table[p + 1], table[p + 2], 255] : [0, 0, 0, 255], 4 * i);
    }
    put(at('both'), both);
    const part = share < 1 ? `; of the top ${percent(share, 0)} they share ${percent(inOne ? inBoth / inOne : 0)} (IoU)` : '';
    const said = `${percent(agree / a.steps.length, 2)} of the pixels agree within ${delta}${part}.`;
    at('said').textContent = said;
    at('both').setAttribute('aria-label', said);
    at('a').setAttribute('aria-label', a.alt);
    at('b').setAttribute('aria-label', b.alt);
    shown.left = a;
    shown.right = b;
  }

  function drawMain(pictures, table, share) {
    const wipe = value('wipe') === null ? 0 : value('wipe') / 100;
    const opacity = value('opacity') === null ? 1 : value('opacity') / 100;
    const chosen = data.kind === 'wipe' ? 1 : value('layer') || 0;
    const right = layers[chosen], left = data.kind === 'wipe' ? layers[0] : right;
    const image = paint(right, pictures[right.picture], opacity, share, table);
    const other = paint(left, pictures[left.picture], opacity, share, table, data.kind === 'look');
    const edge = Math.round(image.width * wipe), canvas = at('main'), pen = () => canvas.getContext('2d');
    put(canvas, image);
    if (edge > 0 && pictures.length) {
      pen().putImageData(other, 0, 0, 0, 0, edge, image.height);
      if (edge < image.width) {
        pen().fillStyle = '#fff';
        pen().fillRect(edge - 1, 0, 3, image.height);
        pen().fillStyle = '#28303a';
        pen().fillRect(edge, 0, 1, image.height);
      }
    }
    shown.left = data.kind === 'wipe' ? left : null;
    shown.right = right;
    shown.edge = wipe;
    at('said').textContent = data.kind === 'wipe' ? 'Left of the edge: before. Right of it: after.' : right.alt;
    canvas.setAttribute('aria-label', data.kind === 'wipe' ? `Left of the edge: ${left.alt} Right of it: ${right.alt}` : right.alt);
  }

  function start(pictures) {
    const form = document.querySelector('.work .controls');
    const draw = () => {
      const table = tables[value('colours')], share = value('top') / 100;
      drawBar(table);
      for (const [id, unit] of [['opacity', ' %'], ['top', ' %'], ['wipe', ' %'], ['delta', ' of 255']]) {
        if (at(id)) at(id + '-said').textContent = at(id).value + unit;
      }
      if (data.kind === 'agreement') drawAgreement(table, share); else drawMain(pictures, table, share);
      const one = shown.right, scales = data.kind === 'agreement' ? layers : [one];
      at('range').textContent = 'From ' + scales.map(s => `${number(s.min)} to ${number(s.max)}`).join('; from ') + ', in the map\u2019s own unit.';
    };
    let waiting = false;
    const soon = () => { if (!waiting) { waiting = true; requestAnimationFrame(() => { waiting = false; draw(); }); } };
    form.addEventListener('input', soon);
    form.addEventListener('reset', () => setTimeout(draw));
    form.addEventListener('submit', event => event.preventDefault());
    for (const canvas of document.querySelectorAll('.view canvas')) {
      canvas.addEventListener('pointermove', event => {
        const box = canvas.getBoundingClientRect();
        const x = (event.clientX - box.left) / box.width, y = (event.clientY - box.top) / box.height;
        const layer = canvas.id === 'b' ? shown.right : shown.left && (canvas.id !== 'main' || x < shown.edge) ? shown.left : shown.right;
        const [l, t, r, b] = data.kind === 'agreement' ? [0, 0, 1, 1] : layer.place;
        const column = Math.floor((x - l) / (r - l) * layer.width), row = Math.floor((y - t) / (b - t) * layer.height);
        const inside = column >= 0 && row >= 0 && column < layer.width && row < layer.height;
        const step = inside ? layer.steps[row * layer.width + column] : 0;
        at('under').textContent = inside
          ? `Value ${number(layer.min + step / 65280 * (layer.max - layer.min))} at column ${column}, row ${row}.`
          : 'The network did not see this part.';
      });
    }
    draw();
    document.documentElement.dataset.ready = 'yes';
  }

  // Told apart without colour: dashes and marks.
  const inks = ['#2c5d9b', '#b3541e', '#2f7d4f', '#7a4a9e', '#8a6d00', '#4a4a4a'];
  const dashes = ['', '7 4', '2 4', '10 4 2 4', '4 2', '1 3'];
  const svg = (name, attributes, text) => {
    const node = document.createElementNS(at('chart').namespaceURI, name);
    for (const [key, v] of Object.entries(attributes)) node.setAttribute(key, v);
    if (text !== undefined) node.textContent = text;
    return node;
  };

  function startChart() {
    const families = [...new Set(data.trends.map(trend => trend.family))];
    at('family').replaceChildren(...families.map(name => new Option(name)));
    const draw = () => {
      const measure = Number(at('measure').value), chart = at('chart'), legend = at('legend');
      const curves = data.trends.filter(trend => trend.family === at('family').value);
      const levels = [...new Set(curves.flatMap(trend => trend.points.map(([level]) => level)))].sort((a, b) => a - b);
      const x = level => 64 + 620 * (levels.length < 2 ? 0.5 : levels.indexOf(level) / (levels.length - 1));
      const y = share => 296 - 272 * share;
      chart.replaceChildren();
      for (let tick = 0; tick <= 4; tick++) {
        chart.append(svg('line', { x1: 64, x2: 684, y1: y(tick / 4), y2: y(tick / 4), stroke: '#d9dfe6' }));
        chart.append(svg('text', { x: 54, y: y(tick / 4) + 5, 'text-anchor': 'end', 'font-size': 14, fill: '#5a6672' }, tick * 25 + ' %'));
      }
      for (const level of levels) chart.append(svg('text', { x: x(level), y: 324, 'text-anchor': 'middle', 'font-size': 14, fill: '#5a6672' }, level === 0 ? 'original' : level));
      const words = curves.map((trend, i) => {
        const points = trend.points.filter(([, shares]) => shares[measure] !== null).map(([level, shares]) => [x(level), y(shares[measure])]);
        const ink = inks[i % inks.length], dash = dashes[i % dashes.length];
        chart.append(svg('polyline', { points: points.join(' '), fill: 'none', stroke: ink, 'stroke-width': 2.5, 'stroke-dasharray': dash }));
        for (const [cx, cy] of points) chart.append(svg('circle', { cx, cy, r: 4, fill: ink }));
        return trend.name + ': ' + (points.length ? trend.points.map(([level, shares]) => `${level} ${shares[measure] === null ? 'nothing to compare' : percent(shares[measure])}`).join(', ') : 'nothing to compare');
      });
      chart.setAttribute('aria-label', words.join('. '));
      legend.replaceChildren(...curves.map((trend, i) => {
        const item = document.createElement('li'), sample = svg('svg', { viewBox: '0 0 34 14', 'aria-hidden': 'true' });
        sample.append(svg('line', { x1: 1, x2: 33, y1: 7, y2: 7, stroke: inks[i % inks.length], 'stroke-width': 2.5, 'stroke-dasharray': dashes[i % dashes.length] }));
        item.append(sample, trend.points.some(([, shares]) => shares[measure] !== null) ? trend.name : trend.name + ' (nothing to compare)');
        return item;
      }));
    };
    at('family').addEventListener('input', draw);
    at('measure').addEventListener('input', draw);
    draw();
  }

  if (data.trends.length) startChart();
  if (data.kind === 'tables') {
    document.documentElement.dataset.ready = 'yes';
    return;
  }
  Promise.all(data.pictures.map(async uri => {
    const image = new Image();
    image.src = uri;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    const pen = canvas.getContext('2d');
    pen.drawImage(image, 0, 0);
    return pen.getImageData(0, 0, canvas.width, canvas.height);
  })).then(start);
})();
